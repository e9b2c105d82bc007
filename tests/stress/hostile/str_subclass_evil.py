class S(str):

    def __str__(s):
        return s

    def __repr__(s):
        return S('x')

    def __hash__(s):
        return 1

    def __eq__(s, o):
        return True

    def __format__(s, f):
        return s

    def __len__(s):
        return 2 ** 62

    def __iter__(s):
        return 5

    def __getitem__(s, i):
        return 5

    def __index__(s):
        return 1

    def join(s, x):
        return 5

    def encode(s, *a):
        return 5
x = S('abc')
for f in (lambda: open(x), lambda: __import__(x), lambda: getattr(x, x), lambda: setattr(f, x, 1), lambda: type(x, (), {x: x}),
        lambda: compile(x, x, S('exec')), lambda: exec(x), lambda: x.format(x, a=x), lambda: f'{x:{x}}', lambda: '%s' % x, lambda: x % x,
        lambda: ''.join([x] * 3), lambda: x.join('ab'), lambda: b'a'.decode(x), lambda: 'a'.encode(x, x), lambda: int(x), lambda: float(x),
        lambda: x.split(x), lambda: x.replace(x, x), lambda: x.translate({97: x}), lambda: str.maketrans(x, x),
        lambda: __import__('os').stat(x), lambda: __import__('os').environ.__setitem__(x, x), lambda: __import__('re').compile(x).sub(x, x),
        lambda: __import__('json').dumps({x: x}), lambda: __import__('json').loads(x), lambda: __import__('struct').pack(x),
        lambda: print(x, end=x, sep=x), lambda: ValueError(x).__str__(), lambda: (lambda **k: k)(**{x: 1}), lambda: f(**{x: 1}),
        lambda: __import__('collections').namedtuple(x, x), lambda: __import__('sys').intern(x), lambda: __import__('time').strftime(x),
        lambda: __import__('unicodedata').normalize(x, x), lambda: __import__('unicodedata').name(x), lambda: ord(x),
        lambda: eval(x, {x: 1}), lambda: globals()[x], lambda: vars(type(f))[x], lambda: __import__('io').StringIO(x, x),
        lambda: __import__('io').TextIOWrapper(__import__('io').BytesIO(), x, x, x), lambda: __import__('codecs').lookup(x),
        lambda: __import__('warnings').warn(x), lambda: super(x, x), lambda: sorted([x, x]), lambda: max(x, x), lambda: bytes(x, x),
        lambda: memoryview(b'a').cast(x), lambda: slice(x).indices(5), lambda: range(x), lambda: [1][x], lambda: x in x,
        lambda: x.find(x, x, x), lambda: x * x, lambda: round(1.5, x), lambda: chr(x), lambda: hash(x), lambda: isinstance(x, x),
        lambda: iter(x, x), lambda: zip(x), lambda: dir(x), lambda: input(x), lambda: __import__('array').array(x, x),
        lambda: __import__('datetime').datetime.now().strftime(x), lambda: __import__('datetime').date.fromisoformat(x),
        lambda: __import__('pickle').loads(__import__('pickle').dumps(x)), lambda: __import__('marshal').dumps(x),
        lambda: __import__('copy').deepcopy(x), lambda: __import__('csv').reader([x], delimiter=x).__next__(),
        lambda: __import__('binascii').unhexlify(x), lambda: __import__('zlib').compress(x), lambda: __import__('hashlib').new(x, x),
        lambda: __import__('socket').getaddrinfo(x, x), lambda: __import__('_thread').start_new_thread(x, x),
        lambda: __import__('ctypes') if 0 else 0, lambda: type.__getattribute__(int, x), lambda: object.__getattribute__(f, x),
        lambda: object.__setattr__(f, x, x), lambda: types.ModuleType(x, x), lambda: SyntaxError(x, (x, 1, 1, x)).__str__(),
        lambda: UnicodeDecodeError(x, x, 1, 1, x), lambda: OSError(x, x, x), lambda: ast.parse(x), lambda: ast.Name(x, x),
        lambda: __import__('symtable').symtable(x, x, S('exec')), lambda: setattr(f, '__name__', x), lambda: setattr(f, '__qualname__', x),
        lambda: setattr(type('T', (), {}), '__name__', x), lambda: type('T', (), {'__slots__': (x,)})().__getattribute__(x),
        lambda: type('T', (), {'__slots__': x})):
    import types, ast
    try:
        f()
    except BaseException as e:
        pass
print('ok')
