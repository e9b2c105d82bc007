"""int.to_bytes and from_bytes: all lengths, orders and signs around the limits, and errors that say what does not fit."""
import random
random.seed(4)
values = [0, 1, -1]
for bits in list(range(1, 70)) + [119, 120, 121, 127, 128, 129, 240, 255, 256, 257]:
    for d in -1, 0, 1:
        values += [2 ** bits + d, -2 ** bits + d]
values += [random.getrandbits(random.randrange(1, 400)) * random.choice((1, -1)) for _ in range(300)]
total = 0
for v in values:
    exact = max(1, (v.bit_length() + 7) // 8)
    for n in (exact - 1, exact, exact + 1, exact + 9):
        if not n and v < 0:
            continue
        for order in "little", "big":
            for signed in False, True:
                try:
                    b = v.to_bytes(n, order, signed=signed)
                except OverflowError as e:
                    total = total * 31 + len(str(e)) & 0xffffffff
                    continue
                assert int.from_bytes(b, order, signed=signed) == v, (v, n, order, signed)
                assert len(b) == n
                other = b[::-1]
                assert int.from_bytes(other, "big" if order == "little" else "little", signed=signed) == v
                total = total * 31 + sum(b) & 0xffffffff
print(total)
for b in b"", b"\x80", b"\xff" * 8, b"\xff" * 9, b"\0" * 8 + b"\x80", b"\0" * 7 + b"\x80", b"\0" * 16 + b"\xff", b"\x80" + b"\0" * 20:
    print([int.from_bytes(b, o, signed=s) for o in ("little", "big") for s in (False, True)])
for v in -1, 0, 1, -2:
    try:
        print(v.to_bytes(0, "little", signed=True))
    except OverflowError as e:
        print(e)
