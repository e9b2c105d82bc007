import _codecs
seed = 99
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
log = []
def handler(e):
    log.append((type(e).__name__, e.encoding, e.start, e.end, e.reason))
    return ('<%d>' % (e.end - e.start), e.end)
def back(e):
    return ('?', -1 if e.start < len(e.object) - 1 else e.end)
def byteh(e):
    return (b'\x01\x02\x03\x04', e.end)
_codecs.register_error('test.h', handler)
_codecs.register_error('test.b', byteh)
_codecs.register_error('test.n', lambda e: ('x', 1000))
_codecs.register_error('test.t', lambda e: 5)
_codecs.register_error('test.s', lambda e: ('\u1234', e.end))
errs = ['strict','ignore','replace','backslashreplace','xmlcharrefreplace','namereplace','surrogateescape','surrogatepass','test.h','test.b','test.n','test.t','test.s','nosuch',None]
chars = ['a','+','-','~','\\','é','ß','\u20ac','\u0416','\U0001F600','\ud800','\udc80','\udcff','\udfff','\n','0',' ']
def call(f, *a):
    try: return repr(f(*a))
    except Exception as e: return type(e).__name__ + ' ' + str(e)
encs = ['utf_8','utf_7','utf_16','utf_16_le','utf_16_be','utf_32','utf_32_le','utf_32_be','ascii','latin_1','unicode_escape','raw_unicode_escape']
for i in range(120):
    t = ''.join(chars[rnd(len(chars))] for _ in range(rnd(8)))
    for e in encs:
        h = errs[rnd(len(errs))]
        print(e, ascii(t), h, call(getattr(_codecs, e + '_encode'), t, h))
pieces = [b'a', b'+', b'-', b'\xc3', b'\xa9', b'\xe2', b'\x82', b'\xac', b'\xf0\x9f', b'\x98\x80', b'\xed\xa0\x80', b'\xd8\x00', b'\x00\xdc', b'\\', b'x41', b'u20', b'N{DIGIT ONE}', b'U0001', b'N{zz}', b'7', b'\x00', b'\xff\xfe', b'\xfe\xff', b'\xf4\x90', b'\xc0\x80', b'AGE', b'IKw', b'2AA', b'\n', b'\x00\x00\xff\xfe', b'{']
decs = ['utf_8','utf_7','utf_16','utf_16_le','utf_16_be','utf_32','utf_32_le','utf_32_be','unicode_escape','raw_unicode_escape']
for i in range(400):
    t = b''.join(pieces[rnd(len(pieces))] for _ in range(rnd(6)))
    for e in decs:
        h = errs[rnd(len(errs))]
        if e == 'unicode_escape' and (b'\\' in t) and not all(c in b'xuUN\\' for c in t[t.index(b'\\')+1:t.index(b'\\')+2]): continue
        f = bool(rnd(2))
        print(e, t, h, f, call(getattr(_codecs, e + '_decode'), t, h, f))
    for e in ('ascii','latin_1'):
        h = errs[rnd(len(errs))]
        print(e, t, h, call(getattr(_codecs, e + '_decode'), t, h))
    print(call(_codecs.charmap_decode, t, errs[rnd(len(errs))], 'abc\ufffe\u1234'*30))
    print(call(_codecs.charmap_decode, t, errs[rnd(len(errs))], {97: 'xy', 43: 65, 45: None}))
for x in log[:200]: print(x)
m = _codecs.charmap_build(''.join(map(chr, range(128))) + ''.join(map(chr, range(0x400, 0x480))))
for i in range(60):
    t = ''.join(chars[rnd(len(chars))] for _ in range(rnd(8)))
    print(call(_codecs.charmap_encode, t, errs[rnd(len(errs))], m))
    print(call(_codecs.charmap_encode, t, errs[rnd(len(errs))], {97: 1, 43: b'zz', 63: 63, 233: None, 48: 300}))
print(_codecs.escape_encode(b"a'\\\n\x80\x00"), call(_codecs.escape_decode, b'\\x4'), _codecs.escape_decode(b'\\x41\\101\\n', 'strict'), call(_codecs.escape_decode, b'abc\\'))
print(call(_codecs.lookup_error, 'nope'), call(_codecs.utf_8_encode, 1), call(_codecs.utf_8_decode, 'a'), call(_codecs.register, 1), call(_codecs.register_error, 1, 2), call(_codecs.utf_16_ex_decode, b'\xff\xfea\0'), call(_codecs.readbuffer_encode, 'aé'))
for n in errs[:8]:
    h = _codecs.lookup_error(n)
    for ex in (UnicodeEncodeError('utf-8', 'a\ud800é', 1, 3, 'r'), UnicodeDecodeError('utf-8', b'a\xed\xa0\x80', 1, 4, 'r'), UnicodeTranslateError('abc', 1, 2, 'r'), ValueError('x'), UnicodeEncodeError('latin-1', 'a\udc80', 1, 2, 'r'), UnicodeDecodeError('ascii', b'\xff\xfe', 0, 1, 'r')):
        print(n, call(h, ex))
