# Patterns that begin by looking behind.
import re

TEXTS = ["", "a", "b", "ab", "aab", "abab", "ba", "the cat, the dog; he then", "aaaaab", "xaxbxc" * 5, "\xe9a\u4e2db" * 3, "a\nb\na b", "b" * 50 + "a" + "b" * 50]
PATTERNS = [r"(?<=a)b", r"(?<=a)", r"(?<=ab)a?", r"(?<=the )\w+", r"(?<=the )\w+(?= dog)", r"(?<=a)(?<=aa)b", r"(?<=a)(?!b)", r"((?<=a)b)", r"(?P<x>(?<=a)b)*",
            r"(?<=a)b|c", r"(?<=a|b)c", r"(?<=[ab])x", r"(?<!a)b", r"(?<=x)a(?=x)", r"(?i)(?<=A)B", r"(?i)(?<=-)b", r"(?<=\xe9)a", r"(?<=\u4e2d)b", r"(?m)(?<=a)$",
            r"(?m)^(?<=\n)b", r"\b(?<= )\w", r"(?<=a)aaab", r"(?<=a)a*b", r"(?<=a)a*?b", r"(?<=aaaa)ab", r"(?<=" + "b" * 24 + r")a", r"(?<=" + "b" * 30 + r")a",
            r"(?<=b)(?=b).{3}a", r"(?<=a)\Z", r"(?<=(a))b", r"(?<=a)(b)(?:\1)*", r"(?<=)b", r"(?<=ca)t,.*?(?<=g);"]
for pattern in PATTERNS:
    compiled = re.compile(pattern)
    print(ascii(pattern))
    for text in TEXTS:
        print(ascii((compiled.findall(text), [m.span() for m in compiled.finditer(text)], compiled.sub("_", text), compiled.split(text))))
        for start, stop in ((0, 1), (0, 2), (0, 100), (1, 3), (1, 100), (2, 3), (2, 8), (3, 100), (9, 100)):
            found = compiled.search(text, start, stop), compiled.match(text, start, stop), compiled.fullmatch(text, start, stop)
            print([m and m.span() for m in found], end=" ")
        print()
for pattern in rb"(?<=a)b", rb"(?<=\xff)a", rb"(?<=the )\w+":
    for text in b"", b"ab\xffa", bytearray(b"the cat in the hat"), memoryview(b"aab"):
        print([m.span() for m in re.finditer(pattern, text)])
scanner = re.compile(r"(?<=,)\w*").scanner("a,b,,c,")
print([m.span() for m in iter(scanner.search, None)])
print(len(re.findall(r"(?<=q)z", "qz" * 100000)), re.search(r"(?<=q)z", "x" * 1000000), re.search(r"(?<=qq)z", "q" * 1000000))
