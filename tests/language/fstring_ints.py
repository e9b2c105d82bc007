# Ints within formatted strings, at sites that have seen ints only and meet other things then.
import dis
import sys


class Int(int):
    def __str__(self):
        return "Int.__str__"

    def __format__(self, spec):
        return "Int.__format__"


class Text(str):
    pass


class Odd:
    def __format__(self, spec):
        return Text("odd")

    def __repr__(self):
        return "Odd()"


class Bad:
    def __format__(self, spec):
        raise ValueError("bad")


def end(a, i):
    return f"{a}{i}"


def end_only(i):
    return f"w{i}"


def middle(i):
    return f"<{i}>"


def wide(i):
    return f"\u4e2d{i}"


def wide_end(i):
    return f"{i}\u4e2d"


def many(i):
    return f"{i}:{i}, {i}-{i} {i}"


def conversions(i):
    return f"{i!r}x", f"{i!s}", f"x{i!a}", f"x{i:}", f"x{i!s:5}", f"{i=}", f"{i}"


def nested(i):
    return f"{f'{i}.'}{i}"


functions = [end_only, middle, wide, wide_end, many, conversions, nested, lambda i: end("", i), lambda i: end("a", i), lambda i: end("\xe9", i),
             lambda i: end("\u4e2d" * 3, i), lambda i: end(i, i), lambda i: end("x" * 5000, i)[-20:], lambda i: end(Odd(), i), lambda i: end(None, i)]
values = list(range(-12, 13)) + [255, 256, 257, 10 ** 9, -10 ** 9, 2 ** 30 - 1, 2 ** 30, -2 ** 30, 2 ** 63, -2 ** 64, 10 ** 30, True, False,
                                 Int(5), 1.5, "text", "", "\xe9", Text("t"), None, Odd(), [1], 7, 0]
for function in functions:
    for value in range(20):
        function(value)
    for value in values:
        result = function(value)
        print(ascii(result), type(result).__name__)
    try:
        function(Bad())
    except ValueError as error:
        print(error, sys.exc_info()[2].tb_next.tb_lineno)
for i in range(20):
    try:
        end_only(Bad() if i % 3 == 2 else 10 ** 5000 if i % 5 == 4 else i)
    except ValueError as error:
        print(i, error)
print(end("", 7) is end("", 7), end("", 12) == "12", hash(end("a", 12)) == hash("a12"), end("a", 1).isascii(), {end_only(1): 2}["w1"])
print([i.opname for i in dis.get_instructions(end_only)], [i.opname for i in dis.get_instructions(middle, adaptive=True)])

lines = []


def tracer(frame, event, argument):
    if event == "line":
        lines.append(frame.f_lineno - frame.f_code.co_firstlineno)
    return tracer


def over_lines(a, i):
    return (f"{a}"
            f"{i}"
            f" and {i}"
            f".")


for i in range(20):
    over_lines("b", i)
sys.settrace(tracer)
text = over_lines("a", 3), end_only(5)
sys.settrace(None)
print(text, lines, over_lines("c", 4))


def generator():
    for i in range(5):
        yield f"{(yield i)}{i}"


g = generator()
print([next(g), g.send("a"), next(g), g.send(5), next(g)])
try:
    for i in range(30):
        f"{[1, 2][i // 15]}{i}{[][i - 20:][0] if i == 20 else i}"
except IndexError as error:
    print(error, i)
