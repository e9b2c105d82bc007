"""bytes.hex, fromhex, case and translation: all lengths, white space, and where fromhex finds an error."""
for n in range(20):
    b = bytes((i * 37 + n * 11) % 256 for i in range(n))
    assert bytes.fromhex(b.hex()) == b and bytearray.fromhex(b.hex(" ")) == b
    print(b.hex(), b.hex(":", 3), b.hex(":", -3), b.upper(), b.lower())
for text in "ab c", "ab c ", "abc", "a", "a ", "ab\xe9", "ag", "ab0\u4e2d", "0 1", "\xe9ab", " 0", "g", " ab\ncd\t":
    for make in bytes.fromhex, bytearray.fromhex:
        try:
            print(make(text))
        except ValueError as e:
            print(ascii(text), e)
table = bytes(range(255, -1, -1))
print(b"abc\x00\xff".translate(table), b"abc".translate(bytes(range(256))), b"abcabc".translate(None, b"b"), b"abcabc".translate(table, b"b"))
print(bytearray(b"'"), bytearray(b"'\""), bytearray(b'"'), b"'")
for values in [1, 2, 255], [256], [-1], [True], ["a"], [2 ** 70], [1.5]:
    for make in bytes, bytearray:
        try:
            print(make(values))
        except (TypeError, ValueError) as e:
            print(type(e).__name__, e)
print(sum([2 ** 63 - 1, 1, -5]), sum([2 ** 30] * 9), sum([2 ** 62, 2 ** 62, 2 ** 29, -1]), sum([2 ** 63 - 1, 1.5]), sum([True, 2]))
