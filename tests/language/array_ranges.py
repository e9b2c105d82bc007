# An item that its array cannot hold: the message names the C type that it did not fit.
from array import array

edges = [0] + [sign * ((1 << bits) + more) for bits in (7, 8, 15, 16, 30, 31, 32, 63, 64, 70) for sign in (1, -1) for more in (-1, 0, 1)]
for code in "bBhHiIlLqQ":
    a = array(code)
    for value in edges + [True, None, 1.5, "1"]:
        try:
            a.append(value)
            assert a[-1] == value
        except (OverflowError, TypeError) as error:
            print(code, value, type(error).__name__, error)
    print(code, array(code, range(100)).tobytes().hex())
