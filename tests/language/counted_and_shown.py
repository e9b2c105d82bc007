# Texts cut with steps, bytes shown and escaped, case of wide texts, ints of many digits compared, hashed and marshalled.
import heapq
import marshal

TEXTS = ["", "a", "ab", "abc" * 100, "\xe9\xe8" * 40, "\u0441\u044a\u0435" * 50, "a\u0441" * 33, "\U0001f389a\u4e2d" * 20]
for text in TEXTS:
    for step in -1, 2, -2, 3, 7, -50, 1000, -1000:
        for start, stop in (None, None), (1, -1), (-2, 1), (5, 90), (90, 5), (-1, None):
            cut = text[start:stop:step]
            assert cut == "".join([text[i] for i in range(*slice(start, stop, step).indices(len(text)))])
            print(len(cut), cut.isascii(), end=" ")
    print()
print(ascii(("ab" + "\u0441" * 5)[:2:1]), ("a\u0441" * 20)[::2].isascii(), ("\xe9a" * 20)[1::2].isascii())

EVERY = bytes(range(256))
for data in (b"", b"'", b'"', b"'\"", b"it's", b'say "x"', EVERY, EVERY.replace(b'"', b""), EVERY.replace(b"'", b""),
             b"\\'", b"\\\\", b"\t\n\r\x00\x7f\x80\xff", b"plain" * 100, b"'" * 40 + b"\xff"):
    print(repr(data), str(data)[:9], "%r" % data)
    print(repr(bytearray(data)), f"{bytearray(data)!r:.12}")


class Named(bytearray):
    pass


Long = type("L" * 80, (bytearray,), {})
Wide = type("\u4e2d\u6587", (bytearray,), {})
for cls in Named, Long, Wide:
    print(ascii(cls(b"it's \xff")), ascii(cls()))
print(repr([bytearray(b"'"), b"'"]), len(repr(bytes(300000))), len(repr(b"'\"" * 100000)), repr(b"\x00" * 70000 + b"'")[-5:])

for text in ("\u0441\u044a\u0435\u0448\u044c", "\u03a3\u039f\u03a3", "\u0130I\u0131i", "\u01c5\u01c6\u01c4 x", "\ufb01nd \u4e2d", "\u1e9e\xdf\u0441",
             "\u0149 a", "\u212a\u212b\u2126", "\xff\u0178", "\u0178", "\u1f80\u1f88", "\u10d0\u1c90", "\u2c6f\u0250", "\ua64a\u1c88",
             "A\u0441", "\u0441" * 300 + "\u03a3", "\u4e2d", "\u2177\u24d0", "\u0100"):
    for name in "upper lower capitalize title swapcase casefold".split():
        print(ascii(getattr(text, name)()), end=" ")
    print()
for c in range(0x100, 0x10000, 7):
    pair = chr(c) + "\u0441\u042a"
    assert pair.lower() == chr(c).lower() + "\u0441\u044a" or c == 0x3a3 or c == 0x130
    assert pair.upper() == chr(c).upper() + "\u0421\u042a", hex(c)

for text in TEXTS + ["\\", "\\\\\t\r\n", "x" * 70 + "\u0441", "\u0441x" * 70, "\ud800\xff\x7f\x1f "]:
    for codec in "unicode_escape", "raw_unicode_escape":
        coded = text.encode(codec)
        print(codec, len(coded), coded[-30:], ascii(coded.decode(codec)) == ascii(text))
for data in (rb"\u0441\u044A\U0001f389", rb"\u044", rb"\u04x1", b"\\u12", b"\\", rb"abc\u", rb"\N{DASH}", rb"\N{EM DASH}\x41\101", b"\xe9\xff\\u0441\xe9",
             b"plain " * 30 + rb"\u0441" + b" tail" * 30, rb"\U00110000", rb"\uD83C\uDF89", b"a\\\nb", rb"\u0041\u00e9" * 30, rb"\u04FG41"):
    for errors in "strict", "replace", "ignore", "backslashreplace":
        try:
            print(ascii(data.decode("unicode_escape", errors)))
        except UnicodeDecodeError as error:
            print(error)

BIG = [0, 1, -1, 2 ** 30, 2 ** 30 - 1, -2 ** 30, 2 ** 60, 2 ** 60 + 1, -2 ** 60, 2 ** 61 - 1, 2 ** 61, -2 ** 61 + 1, 10 ** 30, 10 ** 30 + 1,
       -10 ** 30, 7 ** 50, 2 ** 959, 2 ** 960, 2 ** 960 - 1, -2 ** 961, 3 ** 1000, -3 ** 1000, (2 ** 61 - 1) * 10 ** 20, 2 ** 40000]
for a in BIG:
    print([(a < b, a == b, a >= b, a != b) for b in BIG].index((False, True, True, False)), hash(a), end=" ")
    for version in 0, 2, 4:
        dumped = marshal.dumps(a, version)
        assert marshal.loads(dumped) == a and bytes([dumped[0] & 127]) in b"il", a
        print(len(dumped), end=" ")
print()
print(sorted(BIG) == sorted(BIG[::-1]), [b.bit_length() for b in sorted(BIG)])
print(len({*BIG, *[b + 1 for b in BIG]}), len(set(BIG + [float(b) for b in BIG[:-1] if abs(b) < 2 ** 900])))
heap = list(BIG) * 3 + [0.5, float(2 ** 61), True]
heapq.heapify(heap)
print([heapq.heappop(heap).__class__.__name__ for _ in range(len(heap))])
heap = BIG[::-1]
heapq.heapify(heap)
print([heapq.heappop(heap) for _ in range(len(heap))] == sorted(BIG), heapq.nlargest(3, BIG) == sorted(BIG)[:-4:-1])
for values in ([None] * 300, [None, 1] * 100, [1.5, float("nan")] * 4, [], [1, True, 1.0] * 50):
    for value in None, 1, True, values[1] if values else 0, float("nan"):
        print(values.count(value), tuple(values).count(value), value in values, end=" ")
print()


class Changing:
    def __init__(self, values):
        self.values = values

    def __eq__(self, other):
        self.values.clear()
        return True


values = [None] * 5
values[2:2] = [Changing(values)]
print(values.count(None), values)

data = [None, True, False, 1, -1, 2 ** 31, -2 ** 31, "a", b"b", 1.5, (None, 1), [None, [1, "a"]], {"a": None}, ...] * 3
for version in range(5):
    print(marshal.loads(marshal.dumps(data, version)) == data)
for dumped in (b"[\x02\0\0\0Ni\x05\0\0\0", b"[\x02\0\0\0Ni\x05\0\0", b"[\x02\0\0\0NN", b"(\x02\0\0\0TF", b"\xdb\x02\0\0\0r\0\0\0\0N",
               b"\xdb\x03\0\0\0\xe9\x07\0\0\0r\x01\0\0\0N", b")\x03\xe9\x07\0\0\0r\0\0\0\0\xe9"):
    try:
        print(marshal.loads(dumped))
    except (EOFError, ValueError, TypeError) as error:
        print(type(error).__name__, error)

for c in range(0x80, 0x100):
    for text in chr(c), chr(c) * 2, "a" + chr(c), chr(c) + "z\xdf", "\xdf" + chr(c) * 40, "Str" + chr(c) + "\xdfe":
        upper = text.upper()
        print(ascii(upper), upper.isascii(), len(upper), end=" ")
        assert upper == "".join([x.upper() for x in text]) and hash(upper) == hash(upper + "") and upper + "x" == "".join([*upper, "x"])
print(("\xdf" * 1000).upper().count("SS"), "stra\xdfe".upper() == "STRASSE", {"stra\xdfe".upper(): 1}["STRASSE"])
