"""One character by another in all kinds of text: what is as wide, wider and narrower."""
import zlib

total = 0
some = "a", "z", "\xe9", "\xff", "\u0100", "\u4e2d", "\uffff", "\U00010000", "\U0001f389"
for fill in some:
    for n in 0, 1, 7, 15, 16, 17, 40, 700:
        for old in some:
            for new in some + ("", "xy"):
                for text in fill * n + old + fill * n, (fill + old) * n, fill * n, (fill + "b" + old) * n:
                    shown = text.replace(old, new)
                    assert shown == new.join(text.split(old)) and len(shown) == len(text) + text.count(old) * (len(new) - 1)
                    assert shown.isascii() == (not shown or max(shown) < "\x80")
                    if n < 50:
                        total = zlib.crc32((shown + text.replace(old, new, 2)).encode("utf-8", "surrogatepass"), total)
                        assert {shown: 1}["".join(list(shown))]
print(total)
text = "\u0416\u4e2d" * 50
print(text.replace("x", "y") is text, text.replace("\xe9", "y") is text, text.replace("\u0416", "\u0416") is text)
print(("\u0416" * 100000 + "a").count("\u0416"), ("\u0416b" * 40000).replace("b", "c").count("c"))


class S(str):
    pass


print(type(S(text).replace("x", "y")), type(S(text).replace("\u0416", "y")))
