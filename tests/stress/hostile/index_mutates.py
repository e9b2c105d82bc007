class I:

    def __init__(s, v):
        s.v = v

    def __index__(s):
        L.clear()
        B.clear()
        return s.v
L = [1] * 50
B = bytearray(b'a' * 50)

def refill():
    L[:] = [1] * 50
    B[:] = b'a' * 50
ops = [lambda: L[I(40)], lambda: L[I(10):I(40)], lambda: L.__setitem__(I(40), 1),
        lambda: L.__setitem__(slice(I(1), I(40)), [1] * 39), lambda: L.__setitem__(slice(I(1), I(40), I(2)), [1] * 20),
        lambda: L.__delitem__(slice(I(0), I(40), I(3))), lambda: L.insert(I(30), 1), lambda: L.pop(I(30)), lambda: L.__imul__(I(5)),
        lambda: L * I(3), lambda: L.index(1, I(3), I(40)), lambda: B[I(40)], lambda: B.__setitem__(I(40), 1),
        lambda: B.__setitem__(40, I(5)), lambda: B.__setitem__(slice(0, 40), [I(1)] * 40),
        lambda: B.__setitem__(slice(I(1), I(40), I(2)), b'a' * 20), lambda: B.append(I(1)), lambda: B.insert(I(40), I(4)),
        lambda: B.pop(I(40)), lambda: B.extend([I(1), I(2)]), lambda: B.find(b'a', I(3), I(40)), lambda: B.count(I(97)),
        lambda: B.replace(b'a', b'b', I(3)), lambda: B.split(b'a', I(4)), lambda: B.center(I(80)), lambda: B.zfill(I(80)), lambda: B * I(3),
        lambda: B.__imul__(I(3)), lambda: B.remove(I(97)), lambda: I(97) in B, lambda: B.startswith(b'a', I(3)), lambda: B.hex(b':', I(3)),
        lambda: B.expandtabs(I(3)), lambda: B.join([B, b'a']), lambda: memoryview(B)[I(30)], lambda: B.rindex(I(97)),
        lambda: B.ljust(I(60)), lambda: bytes([I(5)]), lambda: bytearray([I(5)] * 4), lambda: B.__delitem__(slice(I(2), I(30), I(2)))]
for op in ops:
    refill()
    try:
        op()
    except Exception as e:
        pass
print('ok')
