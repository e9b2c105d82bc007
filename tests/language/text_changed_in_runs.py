"""translate, replace, escapes and decoding by tables, in all kinds of text."""
import codecs
import random

random.seed(11)
letters = ["ab", "abc \\\n\t\r\x00\x7f", "abé\xff", "абвaé", "中аb", "a\U0001F600中é"]


def digest(value):
    return ascii(value), value.isascii(), max(value, default="")


tables = [{}, {97: "x"}, {97: None}, {97: "", 98: "B"}, {97: "long"}, {97: "é"}, {98: 0x4e2d}, {97: 98, 98: 97}, {1072: None, 97: None},
          {1072: "a"}, {97: None, 98: None, 99: None}, str.maketrans("abc", "xyz", " \n"), {97: "xx", 98: None}]
for kind in letters:
    for n in list(range(6)) + [40, 300]:
        text = "".join(random.choices(kind, k=n))
        for table in tables:
            print(digest(text.translate(table)))
        for old in "a", "b", "ab", "а", "аб", "中", "é", "\U0001F600", "":
            for new in "", "c", "cd", "б", "бв", "é", "文", "a":
                for most in -1, 2:
                    r = text.replace(old, new, most)
                    if n < 6 or len(r) % 3 == 0:
                        print(digest(r))
        print(text.encode("unicode_escape"), text.encode("raw_unicode_escape"))
        print(digest(text.encode("unicode_escape").decode("unicode_escape")))
for removed in range(5):
    print(digest(("a" * removed + "b").replace("a", "")), digest(("a" * removed).replace("a", "")))
text = "a" * 100 + "b" + "a" * 100 + "c"
print(text.replace("a", ""), text.translate({97: None}), text.translate({97: None, 98: None}), repr("a".translate({97: None})))


class Table:
    def __init__(self):
        self.asked = []

    def __getitem__(self, c):
        self.asked.append(c)
        if c == 98:
            raise LookupError
        if c == 99:
            raise ValueError("c")
        return {97: None, 100: "dd", 101: 0x110000}.get(c, c)


for text in "abab", "abcb", "addxd", "abea", "xyzzy", "аб":
    table = Table()
    try:
        print(text.translate(table), table.asked)
    except ValueError as e:
        print(e, table.asked)

every = bytes(range(256))
for name in "cp1251", "cp1252", "koi8-r", "cp437", "iso8859-2", "mac_roman", "cp037", "iso8859-15":
    for errors in "strict", "ignore", "replace", "backslashreplace":
        for data in every, every[:128], every[192:] * 30, b"", b"a", every[128:160] * 3:
            try:
                print(name, errors, digest(data.decode(name, errors)))
            except UnicodeError as e:
                print(name, errors, e)
for table in "ab\ufffec", "abc", "аб\ufffe", "", "a\U0001F600\ufffe\u4e2d":
    for data in b"\0\1\2\3\0", b"\0\1\0\1" * 10, b"\3", b"":
        for errors in "strict", "replace":
            try:
                print(codecs.charmap_decode(data, errors, table))
            except UnicodeError as e:
                print(e)
