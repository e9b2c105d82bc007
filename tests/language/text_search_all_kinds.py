"""Searching in texts of all kinds and in bytes, from both sides, against a search by comparing everywhere."""
import random

random.seed(4)


def places(text, part):
    return [i for i in range(len(text) - len(part) + 1) if text[i:i + len(part)] == part]


checked = 0
for letters in "ab", "abc", "аб", "aб", "\u0101\u0201\u0102", "\u4e00\u4e01", "a\U0001F600", "\U0001F600\U0001F601б":
    for n in 0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 40, 64, 65, 100, 300:
        text = "".join(random.choices(letters, [5] + [1] * (len(letters) - 1), k=n))
        data = text.encode("utf-16-le", "surrogatepass")
        for m in 1, 2, 3, 4, 7, 9, 17, 40:
            at = random.randrange(n + 1)
            for part in text[at:at + m], "".join(random.choices(letters, k=m)), letters[0] * m, letters[0] * (m - 1) + letters[-1]:
                if not part:
                    continue
                all_of_them = places(text, part)
                assert text.find(part) == (all_of_them or [-1])[0], (text, part)
                assert text.rfind(part) == (all_of_them or [-1])[-1], (text, part)
                assert (part in text) == bool(all_of_them)
                start = random.randrange(n + 1)
                assert text.find(part, start) == ([p for p in all_of_them if p >= start] or [-1])[0]
                assert text.rfind(part, 0, start) == ([p for p in all_of_them if p + len(part) <= start] or [-1])[-1]
                count, end = 0, 0
                for p in all_of_them:
                    if p >= end:
                        count += 1
                        end = p + len(part)
                assert text.count(part) == count and len(text.split(part)) == count + 1
                b = part.encode("utf-16-le", "surrogatepass")
                found = places(data, b)
                assert data.find(b) == (found or [-1])[0] and data.rfind(b) == (found or [-1])[-1]
                checked += 1
for unit in "a", "б", "\U0001F600":
    long = unit * 20000
    for part in unit * 300 + "x", "x" + unit * 300, unit * 150 + "x" + unit * 150, unit * 100:
        print(long.find(part), long.rfind(part), (long + part + long).find(part), (long + part + long).rfind(part), long.count(part))
print(checked)
