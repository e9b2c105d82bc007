"""bytes % arguments: plain items of all kinds, not ASCII too, with and without width, and what stays as it is."""
class B(bytes):
    pass


cases = [(b"%d: %s", (5, b"x")), (b"%s", (b"caf\xe9",)), (b"%s", b"plain"), (b"%b|%s", (b"\xff\x00", b"")), (b"\xe9%s%%", (b"a",)),
         (b"%s %s", (B(b"sub"), bytearray(b"array"))), (b"%5s|%-5s|%.2s", (b"a", b"b", b"cde")), (b"%s", (memoryview(b"view"),)),
         (b"%d %i %x", (-7, 2 ** 70, 255)), (b"%a %r", ("caf\xe9", "x")), (b"%c%c", (65, b"\xfe")), (b"%(k)s %(k)d", {b"k": 3}),
         (b"%(k)s", {b"k": b"\x80v"}), (b"%s", ("text",)), (b"%s", (1,)), (b"%b", ("x",)), (b"%s%s", (b"a",)), (b"%s", (b"a", b"b"))]
for form, arguments in cases:
    for make in bytes, bytearray, B:
        try:
            r = make(form) % arguments
            print(type(r).__name__, r)
        except Exception as e:
            print(type(e).__name__, e)
b = b"same"
print(b"%s" % b == b, b"%s" % (b * 100) == b * 100, (b"%s" * 50) % tuple([b"\xe9"] * 50) == b"\xe9" * 50)
