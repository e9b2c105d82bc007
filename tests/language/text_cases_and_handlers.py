"""Case mappings of all characters, alone and amid others, and error handlers of encoders."""
import hashlib

every = [chr(c) for c in range(0x110000)]
for name in "lower", "upper", "title", "capitalize", "swapcase", "casefold":
    sums = hashlib.sha1()
    for before, after in ("", ""), ("ж", ""), ("", "ж"), ("a ", "b"), ("Ж.", " ")  :
        for c in every[:0x3000] + every[0xa640:0xabc0] + every[0xfb00:0xff60] + every[0x10400:0x10600] + every[0x1e900:0x1e950]:
            sums.update(getattr(before + c + after, name)().encode("utf-8", "surrogatepass"))
    print(name, sums.hexdigest())
    for text in "Съешь ЕЩЁ этих", "ΟΔΥΣΣΕΥΣ Σ ΑΣ ΣΑ σς", "Größe ŒUVRE ﬁn ǆ ǅ Ǆ", "İıIi", "\U00010400\U00010428 x", "ﬃ" * 20, "a中b", "":
        print(name, ascii(getattr(text, name)()), getattr(text, name)().isascii())
for text in "Съешь ещё", "né\xff" * 30, "a\u20ac\U0001F600z", "\udc80\udcffx\ud800", "plain", "中" * 300:
    for encoding in "ascii", "latin-1", "cp1251", "koi8-r", "utf-8", "utf-16-le":
        for errors in "backslashreplace", "xmlcharrefreplace", "namereplace", "replace", "ignore", "surrogateescape", "strict":
            try:
                print(encoding, errors, text.encode(encoding, errors))
            except UnicodeError as e:
                print(encoding, errors, ascii(str(e)))
long = "é\u20ac\U0010ffff" * 200000
for errors in "backslashreplace", "xmlcharrefreplace":
    print(hashlib.sha1(long.encode("ascii", errors)).hexdigest(), hashlib.sha1(("a" + long + "b").encode("latin-1", errors)).hexdigest())
