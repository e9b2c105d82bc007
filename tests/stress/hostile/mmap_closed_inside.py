# What __index__, handlers and raw streams do to the buffer that is being worked on: they close the mapped file (python3.11 dies of it).
import mmap, zlib, binascii, struct, sys, re, array, io, socket, os, hashlib, codecs, marshal
class I:
    def __init__(s, act, v): s.act, s.v = act, v
    def __index__(s): s.act(); return s.v
def show(name, f):
    m = mmap.mmap(-1, 1 << 20)
    m[:6] = b'abcdef'
    def close():
        m.close()
    try: r = repr(f(m, lambda v: I(close, v)))[:60]
    except BaseException as e: r = f"{type(e).__name__}: {e}"
    print(name, r, m.closed, flush=True)
    try: m.close()
    except BaseException as e: pass
show('crc', lambda m, i: zlib.crc32(m, i(3)))
show('adler', lambda m, i: zlib.adler32(m, i(3)))
show('compress', lambda m, i: len(zlib.compress(m, i(3))))
show('compressobj', lambda m, i: len(zlib.compressobj(zdict=m, level=i(3)).flush()))
show('decompress', lambda m, i: len(zlib.decompress(m, i(15))))
show('decompress2', lambda m, i: len(zlib.decompress(m, 15, i(15))))
show('dobj', lambda m, i: len(zlib.decompressobj().decompress(m, i(15))))
show('hexlify', lambda m, i: binascii.hexlify(m, ':', i(3))[:9])
show('crchqx', lambda m, i: binascii.crc_hqx(m, i(3)))
show('bcrc', lambda m, i: binascii.crc32(m, i(3)))
show('b2a', lambda m, i: binascii.b2a_base64(m[:6], newline=i(3)))
show('unpack_from', lambda m, i: struct.unpack_from('2b', m, i(3)))
show('pack_into', lambda m, i: struct.pack_into('2b', m, i(3), 1, 2))
show('pack_into2', lambda m, i: struct.pack_into('2b', m, 3, i(1), 2))
show('find', lambda m, i: m.find(b'd', i(1)))
show('rfind', lambda m, i: m.rfind(b'd', i(1)))
show('get', lambda m, i: m[i(1)])
show('slice', lambda m, i: m[i(1):i(3)])
show('slice2', lambda m, i: m[i(1):i(8):2])
show('set', lambda m, i: m.__setitem__(i(1), 3))
show('setv', lambda m, i: m.__setitem__(1, i(3)))
show('setslice', lambda m, i: m.__setitem__(slice(i(1), i(3)), b'xx'))
show('setslice2', lambda m, i: m.__setitem__(slice(i(1), i(8), 2), b'xxxx'))
show('move', lambda m, i: m.move(i(1), i(3), i(9)))
show('read', lambda m, i: m.read(i(3)))
show('seek', lambda m, i: m.seek(i(3)))
show('resize', lambda m, i: m.resize(i(3)))
show('flush', lambda m, i: m.flush(i(0), i(4096)))
show('madvise', lambda m, i: m.madvise(i(1), 0, 10))
show('write_byte', lambda m, i: m.write_byte(i(65)))
show('mvget', lambda m, i: memoryview(m)[i(1)])
show('mvtobytes', lambda m, i: memoryview(m)[i(1):i(3)].tobytes())
show('mvhex', lambda m, i: memoryview(m)[:8].hex(':', i(3)))
show('mvset', lambda m, i: memoryview(m).__setitem__(1, i(3)))
def scalar(m, i):
    v = memoryview(m)[:1].cast('B', [])
    class R:
        def __index__(s): v.release(); i(3).__index__(); return 3
    v[()] = R()
show('mvscalar', scalar)
show('int', lambda m, i: int.from_bytes(m, 'big', signed=type('B', (), {'__bool__': lambda s: m.close() or True})()) > 0)
show('re', lambda m, i: re.compile(b'c').search(m, i(0)).span())
show('re2', lambda m, i: re.compile(b'c').sub(lambda x: m.close() or b'', m)[:4])
show('re3', lambda m, i: [m.close() for x in re.compile(b'[a-f]').finditer(m)])
show('re4', lambda m, i: (lambda x: (m.close(), x.group(0), x.string))(re.compile(b'c').search(m)))
show('re5', lambda m, i: (lambda x: (m.close(), x.match(), x.match()))(re.compile(b'[a-z]').scanner(m)))
show('re6', lambda m, i: re.compile(b'c').split(m, i(3))[:1])
show('bytes', lambda m, i: bytes(m)[:3])
show('join', lambda m, i: b''.join([m, type('J', (), {'__bytes__': 3})()]))
show('join2', lambda m, i: len(b''.join(x for x in [m, m])))
show('bfind', lambda m, i: b'abc'.find(m, i(0)))
show('breplace', lambda m, i: b'abc'.replace(m, b'', i(0)))
show('bsplit', lambda m, i: b'abc'.split(m, i(0)))
show('bstart', lambda m, i: bytearray(b'abc').startswith((m,), i(0)))
show('bata', lambda m, i: bytearray(b'abc').__setitem__(slice(i(0), i(2)), m))
show('array', lambda m, i: array.array('b').frombytes(m))
show('hash', lambda m, i: hashlib.sha1(m).hexdigest()[:3])
show('blake', lambda m, i: hashlib.blake2b(m[:9], key=m[:3], digest_size=i(3)).hexdigest()[:3])
show('blake2', lambda m, i: hashlib.blake2b(memoryview(m)[:9], salt=memoryview(m)[:9], digest_size=i(3)).hexdigest()[:3])
show('pbkdf', lambda m, i: 1)
show('os.write', lambda m, i: os.write(i(1), m[:0]))
show('sendto', lambda m, i: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).send(m, i(0)))
def recv():
    a, b = socket.socketpair(); b.send(b'hello')
    return a, b
show('recv_into', lambda m, i: recv()[0].recv_into(m, i(3)))
show('recv_into2', lambda m, i: recv()[0].recv_into(m, 3, i(0)))
show('recvmsg_into', lambda m, i: recv()[0].recvmsg_into([m], i(3)))
show('recvmsg_into2', lambda m, i: recv()[0].recvmsg_into([m, type('X', (), {'__index__': 1})()], 3))
show('recvmsg_into3', lambda m, i: recv()[0].recvmsg_into((x for x in [m, m.close()])))
show('sendmsg', lambda m, i: recv()[0].sendmsg([m[:4]], [(i(1), i(1), m)]))
show('sendmsg2', lambda m, i: recv()[0].sendmsg((x for x in [m, m.close(), b'x'])))
show('writev', lambda m, i: os.writev(1, type('S', (list,), {})([b'', m[:0]])))
show('readv', lambda m, i: os.readv(i(0), [m]))
show('preadv', lambda m, i: os.preadv(os.open('/etc/passwd', 0), [m], i(0)) > 0)
show('BytesIO', lambda m, i: io.BytesIO(m).read(i(2)))
show('readinto', lambda m, i: io.BytesIO(b'abc').readinto(m))
class R(io.RawIOBase):
    def readable(s): return True
    def writable(s): return True
    def readinto(s, b):
        s.b = b; s.m.close() if hasattr(s, 'm') else 0
        b[:3] = b'xyz'; return 3
    def write(s, b):
        s.m.close(); s.b = b; return len(b)
def mk(m):
    r = R(); r.m = m; return r
show('bufreadinto', lambda m, i: io.BufferedReader(mk(m), 16).readinto(memoryview(m)[:40]))
show('bufreadinto1', lambda m, i: io.BufferedReader(mk(m), 16).readinto1(m))
show('bufwrite', lambda m, i: io.BufferedWriter(mk(m), 16).write(m))
def kept():
    r = R(); f = io.BufferedReader(r, 16); f.read(2); b = r.b; del f
    return bytes(b)[:3]
show('keptview', lambda m, i: kept())
def keptw():
    r = R(); r.m = type('M', (), {'close': lambda s: 0})(); f = io.BufferedWriter(r, 16); f.write(b'hello'); f.flush(); b = r.b; f.write(b'WORLD')
    return bytes(b)[:5]
show('keptwrite', lambda m, i: keptw())
show('marshal', lambda m, i: marshal.loads(m))
show('decode', lambda m, i: str(m, 'ascii', 'ignore')[:3])
def handler(e):
    handler.m.close(); return ('', e.end)
codecs.register_error('closing', handler)
def dec(m):
    handler.m = m; m[3] = 200
    return str(m, 'ascii', 'closing')[:5]
show('decodeh', lambda m, i: dec(m))
show('decodeh2', lambda m, i: (dec(m), codecs.utf_8_decode(m, 'closing', i(1))))
show('charmap', lambda m, i: codecs.charmap_decode(m, 'closing', type('M', (dict,), {'__missing__': lambda s, k: m.close() or 'x'})())[1])
show('escape', lambda m, i: (dec(m), codecs.escape_decode(m, 'closing')))
show('int(m)', lambda m, i: int(memoryview(m)[:3], i(16)))
show('setstate', lambda m, i: io.BytesIO().__setstate__((m, i(0), None)))
show('strxfrm', lambda m, i: bytes.maketrans(memoryview(m)[:3], memoryview(m)[:3])[:3])
show('translate', lambda m, i: b'abc'.translate(memoryview(m)[:256], delete=b''))
