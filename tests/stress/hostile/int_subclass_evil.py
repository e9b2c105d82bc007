class I(int):

    def __index__(s):
        return I(5)
    __int__ = __index__

    def __hash__(s):
        return -2 ** 70

    def __eq__(s, o):
        raise KeyError

    def __bool__(s):
        return 5

    def __float__(s):
        return I(1)

    def __add__(s, o):
        return s
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __lshift__ = __add__

    def __lt__(s, o):
        return s
x = I(3)
for f in (lambda: [1, 2][x], lambda: range(x)[x], lambda: 'a' * x, lambda: sum([x, x]), lambda: sorted([x, x]), lambda: {x: 1},
        lambda: hash(x), lambda: bool(x), lambda: float(x), lambda: int(x), lambda: chr(x), lambda: bytes(x), lambda: bytearray(x),
        lambda: bytes([x]), lambda: x.to_bytes(x, 'big'), lambda: int.from_bytes(b'a' * x, 'big'), lambda: pow(x, x, x),
        lambda: divmod(x, x), lambda: round(1.5, x), lambda: '%*d' % (x, x), lambda: f'{x:{x}}', lambda: format(x, 'd'),
        lambda: __import__('struct').pack('i', x), lambda: __import__('math').factorial(x), lambda: __import__('math').comb(x, x),
        lambda: __import__('itertools').islice('abc', x).__next__(), lambda: __import__('itertools').repeat(1, x).__next__(),
        lambda: __import__('itertools').count(x, x).__next__(), lambda: __import__('time').sleep(x) if 0 else 0,
        lambda: __import__('os').read(x, x) if 0 else 0, lambda: __import__('array').array('i', [x]) * x,
        lambda: memoryview(bytearray(9))[x], lambda: slice(x, x, x).indices(x), lambda: list(range(x, x, x)),
        lambda: __import__('collections').deque([1] * 9, x)[x], lambda: __import__('random').getrandbits(x),
        lambda: __import__('random').seed(x), lambda: __import__('datetime').date(x, x, x),
        lambda: __import__('datetime').timedelta(x, x, x) * x, lambda: 'abc'.find('a', x, x), lambda: 'abc'.split('b', x),
        lambda: 'a'.ljust(x), lambda: __import__('sys').setrecursionlimit(x), lambda: __import__('sys')._getframe(x),
        lambda: print(end='', flush=x), lambda: max(x, x), lambda: [x] == [x], lambda: (x,) < (x,), lambda: x in [x, 5],
        lambda: [5, x].index(5), lambda: __import__('marshal').dumps(x, x), lambda: __import__('pickle').dumps(x, x),
        lambda: __import__('zlib').compress(b'a', x), lambda: __import__('re').compile('a', x),
        lambda: __import__('signal').signal(x, x) if 0 else 0, lambda: compile('1', '', 'eval', x, x, x), lambda: (lambda a=x: a)(),
        lambda: eval('x+1+x*x-x<<x<x'), lambda: [*range(x)][x:x:x], lambda: open(x), lambda: isinstance(x, (x,)),
        lambda: __import__('json').dumps([x, {x: x}], indent=x), lambda: True + x, lambda: x is True, lambda: 1 .__add__(x),
        lambda: int.__add__(x, x), lambda: float.fromhex('1') * x, lambda: complex(x, x), lambda: 2 ** x, lambda: [0] * x,
        lambda: bytes(10)[x], lambda: 'abc'[x:], lambda: oct(x), lambda: __import__('operator').index(x)):
    try:
        f()
    except BaseException as e:
        pass
print('ok')
