"""Line ends of files in all kinds of text: \\r, \\n and \\r\\n mixed, with and without translation, and what was seen."""
import io
import random
import zlib

random.seed(4)
total = 0
seen = set()
for fill in "ab", "a\xe9", "a\u0416", "\u4e2d\u2028\x85", "a\U0001f389":
    for ends in ["\n"], ["\r"], ["\r\n"], ["\n", "\r\n"], ["\r", "\n"], ["\r", "\r\n"], ["\r", "\n", "\r\n", "\n\r"], [""]:
        for n in 0, 1, 2, 5, 30, 150:
            text = "".join("".join(random.choices(fill, k=random.randrange(40))) + random.choice(ends) for _ in range(n))
            for newline in None, "", "\n", "\r", "\r\n":
                f = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline=newline)
                f._CHUNK_SIZE = random.choice([1, 7, 64, 8192]) if n < 100 else 8192
                lines = list(f)
                seen.add(repr(f.newlines))
                s = io.StringIO(text, newline=newline)
                assert s.getvalue() == (text.replace("\r\n", "\n").replace("\r", "\n") if newline is None else
                                        text if newline in ("", "\n") else text.replace("\n", newline)), (text, newline)
                total = zlib.crc32(repr((lines, f.newlines, list(s), s.newlines)).encode(), total)
            for translate in False, True:
                d = io.IncrementalNewlineDecoder(None, translate)
                out, at = [], 0
                while at < len(text):
                    step = random.randrange(1, 60)
                    out.append(d.decode(text[at:at + step], at + step >= len(text)))
                    at += step
                total = zlib.crc32(repr(("".join(out), d.newlines)).encode(), total)
                again = io.IncrementalNewlineDecoder(None, translate)
                assert again.decode(text, True) == "".join(out) and again.newlines == d.newlines
print(total, sorted(seen))
