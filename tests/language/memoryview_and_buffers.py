def call(f):
    try: return repr(f())
    except BaseException as e: return type(e).__name__ + ' ' + str(e)
import array
b = bytearray(range(24))
m = memoryview(b)
L = [lambda: m[0], lambda: m[-1], lambda: m[24], lambda: m['a'], lambda: m[1:5].tobytes(), lambda: m[::-1].tolist(), lambda: m[::2].cast('B'), lambda: m.cast('I').tolist(), lambda: m.cast('I', [2,3]).tolist(), lambda: m.cast('B', [2,3,4]).tolist(), lambda: m.cast('B',[2,3,4])[1,2,3], lambda: m.cast('B',[2,3,4])[0], lambda: m.cast('B',[5]), lambda: m.cast('x'), lambda: m.cast('I').cast('H'), lambda: m.cast('q').itemsize, lambda: m.format, lambda: m.shape, lambda: m.strides, lambda: m.suboffsets, lambda: m.ndim, lambda: m.nbytes, lambda: m.readonly, lambda: m.contiguous, lambda: m.obj is b, lambda: hash(m), lambda: hash(memoryview(b'abc')) == hash(b'abc'), lambda: m == b, lambda: memoryview(b'ab') == b'ab', lambda: memoryview(b'ab') == 'ab', lambda: memoryview(b'ab') < b'b', lambda: memoryview('a'), lambda: memoryview(), lambda: memoryview(1), lambda: b.append(1), lambda: m.toreadonly().readonly, lambda: m.hex(':', 4), lambda: m.tobytes('F')[:4], lambda: m.tobytes('Z'), lambda: len(m), lambda: list(m)[:3], lambda: 5 in m, lambda: m.cast('B',[]), lambda: memoryview(b'x').cast('B',[])[()], lambda: memoryview(b'x').cast('B',[]).tolist(), lambda: m.cast('c')[0], lambda: m.cast('?')[:3].tolist(), lambda: m.cast('f').tolist()[:1], lambda: m.cast('d').tolist()[0] != 0, lambda: m[::2].contiguous, lambda: m.cast('B',[4,6]).c_contiguous, lambda: m.cast('B',[4,6]).f_contiguous, lambda: m[None], lambda: m[1,2], lambda: m.cast('B',[4,6])[1,2], lambda: m.cast('B',[4,6])[1:2].tolist(), lambda: m.cast('B',[4,6])[::-1].tolist(), lambda: m.cast('B', (4,-6)), lambda: m.cast('B', 'ab'), lambda: m.cast(1), lambda: m.cast('B',[4,'a']), lambda: memoryview(b)[3:3].cast('I').tolist(), lambda: repr(memoryview(array.array('i',[1,2,3])).format), lambda: memoryview(array.array('i',[1,2,3])).tolist(), lambda: memoryview(array.array('d',[1,2,3])) == array.array('f',[1,2,3]), lambda: memoryview(array.array('i',[97])) == b'a']
for i, f in enumerate(L): print(i, call(f))
def s(k, v, fmt=None):
    def g():
        mm = memoryview(bytearray(8))
        if fmt: mm = mm.cast(fmt)
        mm[k] = v
        return mm.tobytes()
    return g
for k, v, fmt in [(0,1,None),(0,256,None),(0,-1,None),(0,'a',None),(0,1.5,None),(9,1,None),(slice(0,2),b'ab',None),(slice(0,2),b'abc',None),(slice(0,2),'ab',None),(slice(None,None,2),b'abcd',None),(0,70000,'H'),(0,-5,'h'),(0,1.5,'f'),(0,2,'d'),(0,'x','d'),(0,b'z','c'),(0,b'zz','c'),(0,1,'c'),(0,5,'?'),(0,2**63,'q'),(0,2**64,'Q'),(0,2**63,'Q'),((0,),7,None),('a',1,None),(slice(0,1),b'a','H')]:
    print(k, v, fmt, call(s(k, v, fmt)))
def dele():
    mm = memoryview(bytearray(8)); del mm[0]
print(call(dele)); print(call(lambda: memoryview(b'abc').__setitem__(0, 1)))
x = bytearray(b'abc')
with memoryview(x) as y:
    print(call(lambda: x.extend(b'z')), y[0], y.tobytes())
print(call(lambda: y[0]), call(lambda: x.extend(b'z')), x, repr(y)[:16], call(lambda: y == y), call(lambda: len(y)), call(lambda: y.release()), call(lambda: y.obj))
z = memoryview(x); w = memoryview(z)
print(call(z.release), call(lambda: w[0]), call(lambda: x.pop()), call(w.release), call(lambda: x.pop()))
print(call(lambda: bytes(memoryview(b'abcdef')[::2])), call(lambda: bytearray(memoryview(b'abcdef')[::-1])), b'x'.join([memoryview(b'ab'), bytearray(b'cd')]), bytes(memoryview(b'ab')) + memoryview(b'cd'))
class S(str):
    def __str__(self): return 'S!'
class T(str): pass
t = T('héllo')
t.x = 5
print(t, t.x, type(t), type(t.upper()), type(t + ''), type(t[:]), t == 'héllo', hash(t) == hash('héllo'), {t: 1}['héllo'], str(S('a')), repr(S('a')), f'{S("a")}', '%s' % S('a'), T(b'abc', 'ascii'), type(str(t)), T.__new__(T, 'q'), t.__getnewargs__(), t.__sizeof__(), 'a'.__sizeof__(), 'é'.__sizeof__(), '\u1234'.__sizeof__())
class B(bytes): pass
q = B(b'abc'); q.y = 1
print(q, q.y, type(q + b''), q == b'abc', hash(q) == hash(b'abc'), B(5), B([1,2]), type(q[:]), B.fromhex('61 62'), type(B.fromhex('61')), bytes(q), type(bytes(q)))
class A(bytearray): pass
a = A(b'abc'); a.z = 3; a += b'd'; a.append(101)
print(a, a.z, type(a), type(a[:]), A.fromhex('6162'), a.__reduce__(), repr(a))
for f in [lambda: bytes(-1), lambda: bytes('a'), lambda: bytes([256]), lambda: bytes(['a']), lambda: bytes(1.5), lambda: bytes('a', 'ascii', 'x', 1), lambda: bytes(b'a', 'ascii'), lambda: bytes(3), lambda: bytes('é', 'ascii'), lambda: bytes('é', 'ascii', 'replace'), lambda: bytes(encoding='a'), lambda: bytes(errors='a'), lambda: bytes(object()), lambda: bytes(2**70), lambda: bytearray('a'), lambda: bytearray([300]), lambda: bytearray(1.5), lambda: bytearray(b'ab').pop(5), lambda: bytearray().pop(), lambda: bytearray(b'a').remove(98), lambda: bytearray(b'a').insert(0, 999), lambda: bytearray(b'a').append('a'), lambda: bytearray(b'a').extend(5), lambda: bytearray(b'a').extend(['a']), lambda: bytearray(b'a').extend('ab'), lambda: b'a' + 'a', lambda: b'a' + 1, lambda: bytearray(b'a') + 1, lambda: b'a'['x'], lambda: b'a'[5], lambda: bytearray(b'a')[5], lambda: bytearray(b'a')['x'], lambda: b'a' < 'a', lambda: b'a' == 'a', lambda: b'abc'.find('a'), lambda: b'abc'.find(300), lambda: b'abc'.split('a'), lambda: b'a'.join(['a']), lambda: b'a'.replace('a', b'b'), lambda: b'a'.translate(b'a'), lambda: b'abc'.translate(None, b'b'), lambda: b'abc'.translate(bytes(range(255,-1,-1))), lambda: bytes.maketrans(b'a', b'bc'), lambda: bytes.fromhex('6'), lambda: bytes.fromhex('zz'), lambda: bytes.fromhex(1), lambda: b'abc'.hex(1), lambda: b'abc'.hex('ab'), lambda: b'abcde'.hex('-', 2), lambda: b'abcde'.hex('-', -2), lambda: b'abc'.center(9, 'a'), lambda: b'a'.startswith('a'), lambda: b'a'.startswith(('a',)), lambda: b'a'.decode('nope'), lambda: b'\xff'.decode(), lambda: b'abc'.zfill('a'), lambda: b'a' * 'a', lambda: b'a' in 'a', lambda: 'a' in b'a', lambda: 97 in b'a', lambda: 300 in b'a', lambda: hash(bytearray()), lambda: bytearray(b'abc').__alloc__() > 3, lambda: b'a'.strip('a'), lambda: b'a'.partition('a'), lambda: b'a'.expandtabs(x=1), lambda: b'a'.count(), lambda: b'a'.isalpha(1), lambda: b'%d' % 'a', lambda: bytearray(b'%d') % 5, lambda: list(iter(b'ab')), lambda: iter(b'ab').__reduce__()[1:], lambda: iter('ab').__reduce__()[1:], lambda: iter(bytearray(b'ab')).__reduce__()[1:], lambda: iter('ab').__length_hint__()]:
    print(call(f))
