"""Texts that grow by `+=` in a variable: earlier values keep their text, whatever is appended to either."""
import json
import sys


def grow(piece, n):
    text, seen = "", []
    for i in range(n):
        text += piece
        if i % 50 == 49:
            seen.append(text)
    return seen


for piece in "abc", "\xe9t\xe9", "\u4e2d\u6587", "\U0001f389":
    seen = grow(piece, 2000)
    print([len(s) for s in seen[:3]], all(s == piece * ((k + 1) * 50) for k, s in enumerate(seen)))
    print(all(hash(s) == hash("".join(s)) and s.encode() == (piece * ((k + 1) * 50)).encode() for k, s in enumerate(seen)))
    print(all(sys.getsizeof(s) == sys.getsizeof("".join(list(s))) for s in seen))

# Two continuations of one text.
a = "x" * 2000
a += "y"
b = a
a += "1"
b += "2"
print(a[-3:], b[-3:], len(a), len(b))
c = b
c += "\u4e2d"
b += "3"
print(c[-3:].encode(), b[-3:])

# What reads numbers and names must stop at the end of its text.
digits = "1" * 1500
digits += "5"
longer = digits
longer += "7"
sys.set_int_max_str_digits(0)
print(int(digits) % 1000, int(longer) % 1000, float(digits[-3:]), str(int(digits)) == digits)
spaces = " " * 1500
spaces += "1.5"
longer = spaces
longer += "7"
print(float(spaces), json.loads(spaces), json.loads(longer), eval(spaces), complex(spaces))
spaces += "00000000000000000000000000000000000000000000001"
print(json.loads(spaces), eval(spaces))


class Text(str):
    pass


t = Text(longer)
t += "z"
print(type(t).__name__, t[-3:], longer.strip(), repr(longer)[-4:], longer.encode()[-3:], longer.isascii())
name = "n" * 1500
name += "m"
other = name
other += "o"
print(getattr(type("T", (), {name: 5}), name), compile("1", name, "exec").co_filename == name, name.isidentifier())
