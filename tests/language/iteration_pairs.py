# `for a, b in ...` over dict items, enumerate and zip: the loops that need no pairs behave like those
# that make them.
def items(d):
    return [(k, v) for k, v in d.items()]


def numbered(x, start=0):
    out = []
    for i, item in enumerate(x, start):
        out.append((i, item))
    return out


def zipped(*args, **kw):
    out = []
    for a, b in zip(*args, **kw):
        out.append((a, b))
    return out


def broken():
    yield 1
    yield 2
    raise KeyError("broken")


for _ in range(3):
    print(items({}), items({"a": 1, 2: "b"}))
    print(numbered(""), numbered("ab"), numbered("ab", 2**63 - 1))
    print(zipped([], []), zipped("ab", [1, 2, 3]), zipped((1, 2, 3), iter("xy")))
    for call in (
        lambda: zipped("ab", [1, 2, 3], strict=True),
        lambda: zipped("abc", [1, 2], strict=True),
        lambda: zipped("abc", broken()),
        lambda: numbered(broken()),
        lambda: zipped("ab"),
        lambda: zipped("ab", "cd", "ef"),
    ):
        try:
            print(call())
        except Exception as e:
            print(type(e).__name__, e)

d = {1: 1, 2: 2}
for call in (lambda: d.pop(1), lambda: d.__setitem__(3, 3), lambda: (d.pop(2), d.__setitem__(4, 4))):
    try:
        for k, v in d.items():
            print(k, v)
            call()
    except RuntimeError as e:
        print(e)
    except KeyError as e:
        print("KeyError", e)


def mixed(x):
    total = []
    for a, b in x:
        total.append((a, b))
    return total


for source in ({1: 2}.items(), enumerate("x"), zip("a", "b"), [(1, 2)], {1: 2}.items(), iter([[3, 4]])):
    print(mixed(source))
z = zip("abcd", "efgh")
for a, b in z:
    print(a, b)
    break
print(list(z))
