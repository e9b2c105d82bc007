# Carries and borrows that run through many digits, products with one digit, quotients of nearly equal lengths.
import random

source = random.Random(5)
total = 0


def put(x):
    global total
    total = (total * 1000003 + x % ((1 << 89) - 1)) % ((1 << 127) - 1)


def number(bits):
    kind = source.randrange(6)
    if kind == 0:
        return (1 << bits) - 1
    if kind == 1:
        return 1 << bits
    if kind == 2:
        return ((1 << bits) - 1) ^ ((1 << source.randrange(bits + 1)) - 1)
    if kind == 3:
        x = 0
        for _ in range(bits // 30 + 1):
            x = x << 30 | source.choice([0, (1 << 30) - 1, 1, source.getrandbits(30)])
        return x
    return source.getrandbits(bits)


for i in range(3000):
    most = source.choice([100, 1200, 8000])
    a = number(source.randrange(1, most)) * source.choice([1, -1])
    near = max(1, a.bit_length() - source.randrange(34))
    b = number(source.choice([source.randrange(1, most), 30, 60, near, near])) * source.choice([1, -1])
    shift = source.randrange(200)
    for value in (a + b, a - b, a * b, a * (b % (1 << 30)), -a, abs(b), a << shift, a >> shift):
        put(value)
    assert (a + b) - b == a and (a - b) + b == a
    if b:
        q, r = divmod(a, b)
        put(q)
        put(r)
        assert q == a // b and r == a % b and q * b + r == a
print(total)
