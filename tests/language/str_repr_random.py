# repr, ascii, backslashreplace and sum of random texts and numbers.
import hashlib, random
r, out = random.Random(3), []
pools = ["abc'\"\\\n\t\r\x00\x1f\x7f", "a\xe9'\xa0\xff\"", "a\u20ac\ud800\u2028'", "a\U0001f600\U000e0001\""]
for _ in range(3000):
    s = "".join(r.choice(r.choice(pools[:r.randrange(1, 5)])) for _ in range(r.randrange(12)))
    out += [repr(s), ascii(s), ascii([s]), s.encode("ascii", "backslashreplace")]
    numbers = [r.choice([1, 2**30, 2**62, 2**63 - 1, -2**63, True, 1.5, 0]) if r.random() < .3 else r.randrange(-5, 5)
               for _ in range(r.randrange(9))]
    rest = iter(numbers)
    next(rest, None)
    out += [sum(numbers), sum(tuple(numbers), r.randrange(3)), sum(rest), list(rest)]
for bad in ([1, "a"], [2**62] * 3 + [None]):
    try:
        sum(bad)
    except TypeError as e:
        print(e)
print(hashlib.sha256(ascii(out).encode()).hexdigest(), sum(range(10**5)), sum([5] * 200000), sum([2**62] * 10))
