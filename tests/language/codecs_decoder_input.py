"""A decoder registered by a program gets a memoryview from bytes.decode and str(), and the object itself from codecs.decode."""
import codecs

kept = []


def decode(data, errors="default"):
    print(type(data).__name__, bytes(data), errors, getattr(data, "readonly", None), getattr(data, "format", None))
    kept.append(data)
    return "x", len(data)


codecs.register(lambda name: codecs.CodecInfo(lambda text, errors=0: (b"x", 1), decode, name=name)
                if name == "views" else None)
print(b"abc".decode("views"), bytearray(b"abc").decode("views", "ignore"), str(memoryview(b"abc")[1:], "views"),
      str(b"abc", "views"))
print(codecs.decode(b"abc", "views"), codecs.decode(bytearray(b"abc"), "views"))
print(kept[0].tolist(), kept[0].obj, kept[1].tobytes())
kept[1].release()

text = "a\u4e2d\xe9\ud7ff" * 50 + "\U0001f389"
for encoding in "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be":
    data = text.encode(encoding)
    print(encoding, len(data), data.decode(encoding) == text, str(memoryview(data), encoding) == text)
for start in range(70):
    data = ("a" * start + "\udc00" + "b" * (80 - start)).encode("utf-16-le", "surrogatepass")
    try:
        data.decode("utf-16-le")
    except UnicodeDecodeError as e:
        print(e.start, e.end, e.reason, e.object == data, end=";")
print()
for errors in "ignore", "replace", "backslashreplace", "xmlcharrefreplace", "namereplace":
    for t in "caf\xe9s and na\xefvet\xe9\xe9", "\u4e2d" * 9 + "abc", "\U0001f389x", "\xff", "12345678\xff12345678\xff":
        print(errors, t.encode("ascii", errors), t.encode("latin-1", errors))
print("ab\udc80c\udcffd\udc81".encode("ascii", "surrogateescape"), "\xe9\udc80".encode("latin-1", "surrogateescape"))
for t in "\xe9\udc80", "ab\ud800":
    try:
        print(t.encode("ascii", "surrogateescape"))
    except UnicodeEncodeError as e:
        print(e)
