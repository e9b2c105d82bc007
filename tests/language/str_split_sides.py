"""str.split and rsplit agree in all kinds of text, from both sides, with all kinds of spaces."""
import random
random.seed(5)
out = 0
alph = " \t\n\x1c\x1d\x85\xa0\u1680\u2000\u200a\u200b\u2028\u202f\u205f\u3000ab\xe9\u0416\u4e2d\U0001F600"
some = [*map(chr, range(0x3100)), *map(chr, range(0x3100, 0x110000, 61))]  # not all: for builds that collect all the time
spaces = [c for c in some if not c.split()]
print(spaces, [c for c in some if not ("x" + c + "y").split(None, 3)[1:]][:3])
for most in ("\x7f", "\xff", "\uffff", "\U0010ffff"):
    letters = [c for c in alph if c <= most]
    for n in list(range(40)) + [100, 600]:
        for k in range(4):
            s = "".join(random.choices(letters, k=n))
            for m in (-1, 0, 1, 2, 5, 100):
                for r in (s.split(None, m), s.rsplit(None, m), s.split(" ", m), s.rsplit(" ", m), s.rsplit("ab", m), s.rsplit("a", m), s.rsplit("aa", m)):
                    for w in r:
                        out = (out * 31 + hash(tuple(map(ord, w))) + len(w)) % (1 << 61)
print(out)
words = "слово дело тело xy é é中 " * 50 + "долгоедолгоедолгоеслово" * 3
print([ascii(w) for w in words.split()][-20:], [w.isascii() for w in words.split()][:10])
