# random comparison of str and bytes methods; deterministic generator
seed = 12345
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
alpha = ['a','b','A','B',' ','\t','\n','\r','0','1','-','+','é','ß','ǅ','Σ','ς','\u0130','\u0416','ﬁ','\U00010400','\U0001F600','٣','²','½','\x1c','\x85','\u2028','_','.','ab','abc','\x00','\xad','\u0345','ŉ','\u1f80']
def s(n=7): return ''.join(alpha[rnd(len(alpha))] for _ in range(rnd(n)))
def b(n=7): return bytes([b'abAB \t\n\r01-+\x00\x80\xff_.zZ'[rnd(19)] for _ in range(rnd(n))])
def arg(k, x):
    if k == 's': return x()
    if k == 'i': return rnd(14) - 4
    if k == 't': return tuple(x() for _ in range(rnd(3)))
    if k == 'c': return (x()+ (b'x' if x is b else 'x'))[:1]
    if k == 'B': return bool(rnd(2))
    if k == 'n': return None
methods = {'upper':'', 'lower':'', 'title':'', 'swapcase':'', 'capitalize':'', 'casefold':'', 'isalnum':'','isalpha':'','isascii':'','isdecimal':'','isdigit':'','isidentifier':'','islower':'','isnumeric':'','isprintable':'','isspace':'','istitle':'','isupper':'',
 'find':'sii','rfind':'sii','index':'si','rindex':'s','count':'sii','startswith':'sii','endswith':'sii','split':'si','rsplit':'si','splitlines':'B','partition':'s','rpartition':'s','replace':'ssi','strip':'s','lstrip':'s','rstrip':'s','center':'ic','ljust':'ic','rjust':'ic','zfill':'i','expandtabs':'i','removeprefix':'s','removesuffix':'s','join':'t','__contains__':'s','__mul__':'i','__add__':'s','__getitem__':'i','__lt__':'s','__eq__':'s','__ge__':'s','__repr__':'','__len__':''}
def call(o, m, a):
    try: return repr(getattr(o, m)(*a))
    except Exception as e: return type(e).__name__ + ' ' + str(e)
names = sorted(methods)
for i in range(60):
    for m in names:
        sig = methods[m]
        for x in (s, b, 'ba'):
            f = b if x == 'ba' else x
            o = f(12)
            if x == 'ba': o = bytearray(o)
            if not hasattr(o, m): continue
            a = [arg(k, f) for k in sig]
            if m not in ('center','ljust','rjust','__getitem__') and len(a) > 1 and rnd(2): a = a[:rnd(len(a)) or 1]
            if m in ('split','rsplit') and rnd(3) == 0: a[0] = None
            if m == 'join': a = [[f(3) for _ in range(rnd(4))]]
            print(m, repr(o), repr(a), call(o, m, a))
for i in range(300):
    o = (s, b)[rnd(2)](10)
    a, c, d = rnd(14)-5, rnd(14)-5, rnd(9)-4
    d = d or None
    print(repr(o), a, c, d, repr(o[a:c:d]), repr(bytearray(o)[a:c:d]) if type(o) is bytes else '')
    o = bytearray(b(12))
    v = b(4)
    try: o[a:c:d] = v; print(repr(o))
    except Exception as e: print(type(e).__name__, e)
    try: del o[c:a:d]; print(repr(o))
    except Exception as e: print(type(e).__name__, e)

# A bytearray cannot be appended to itself by +=, for it is exported meanwhile; extend() copies it first.
b = bytearray(b"abc")
b.extend(b)
try:
    b += b
except BufferError as e:
    print(b, e)

# Words and lines around the ends of the stretches that are looked at at once.
for n in 14, 15, 16, 17, 31, 62, 63, 64, 65, 127, 128, 129, 600:
    for gap in " ", " \t", "\x1c", "\r\n", "\x1f\n":
        t = "x" * n + gap + "yz" + gap * 2 + "w" * (n // 2)
        print(n, t.split(), t.encode().split(), t.splitlines(), (t + gap).splitlines(True), t.expandtabs(5))
