# Dicts, sets, deques and buffers that are changed from within __hash__, __eq__, __index__ and what else they call.
import array, collections, codecs, functools, gc, io, itertools, json, mmap, operator, pickle, re, struct, sys, weakref, zlib, binascii

def show(name, f):
    try:
        r = f()
        text = repr(r)
        if ' at 0x' in text: text = type(r).__name__
    except BaseException as e:
        text = f"{type(e).__name__}: {e}"
        if ' at 0x' in text: text = type(e).__name__
    print(name, text[:300])

class E:
    """Hashes to 1, equal to nothing; acts at each comparison."""
    left = 50
    def __init__(s, act, result=False): s.act, s.result = act, result
    def __eq__(s, o):
        if s.left > 0:
            s.left -= 1; s.act()
        return s.result
    def __hash__(s): return 1
    def __repr__(s): return 'E'
def size(x): return len(x)

acts = {
    'clear': lambda x: x.clear(),
    'grow': lambda x: x.update({i: i for i in range(2, 60)}) if hasattr(x, 'items') else x.update(range(2, 60)),
    'del1': lambda x: x.pop(1, None) if hasattr(x, 'items') else x.discard(1),
    'refill': lambda x: (x.clear(), x.update({1: 0, 2: 3}) if hasattr(x, 'items') else x.update([1, 2])),
}
kinds = {'dict': dict, 'od': collections.OrderedDict, 'dd': lambda *a: collections.defaultdict(lambda: 9, *a), 'counter': collections.Counter,
         'sub': type('D', (dict,), {})}
for kn, kind in kinds.items():
    for an, act in acts.items():
        for on, op in (
            ('get', lambda d, e: d.get(e)), ('item', lambda d, e: d[e]), ('set', lambda d, e: d.__setitem__(e, 5)), ('del', lambda d, e: d.__delitem__(e)),
            ('pop', lambda d, e: d.pop(e, 'no')), ('setdefault', lambda d, e: d.setdefault(e, 7)), ('in', lambda d, e: e in d),
            ('update', lambda d, e: d.update({e: 1, 2: 3})), ('updpairs', lambda d, e: d.update([(e, 1), (3, 3)])), ('fromkeys', lambda d, e: size(type(d).fromkeys([e, 1, 2]))),
            ('eq', lambda d, e: d == {1: E(lambda: act(d)), 2: 5}), ('eq2', lambda d, e: {1: E(lambda: act(d)), 2: 5} == d),
            ('or', lambda d, e: size(d | {e: 1})), ('ior', lambda d, e: size(operator.ior(d, {e: 1}))), ('items-in', lambda d, e: (1, E(lambda: act(d))) in d.items()),
            ('values-in', lambda d, e: E(lambda: act(d)) in d.values()), ('keys&', lambda d, e: size(d.keys() & [e])), ('keys-', lambda d, e: size(d.keys() - [e])),
            ('items^', lambda d, e: size(d.items() ^ [(e, 1)])), ('keys<', lambda d, e: d.keys() < {e, 1, 2, 3, 4}), ('disjoint', lambda d, e: d.keys().isdisjoint([e])),
            ('kw', lambda d, e: (lambda **k: size(k))(**{'a': 1}, **type('M', (), {'keys': lambda s: act(d) or ['b'], '__getitem__': lambda s, k: act(d) or 2})())),
            ('repr', lambda d, e: repr(d.__setitem__(1, type('R', (), {'__repr__': lambda s: act(d) or 'R'})()) or d) and 0),
            ('copy', lambda d, e: size(d.copy())), ('iter', lambda d, e: [act(d) for _ in d] and 0), ('iteritems', lambda d, e: [act(d) for _ in d.items()] and 0),
            ('json', lambda d, e: json.dumps(d.__setitem__(1, e) or d, default=lambda o: act(d) or 0) and 0),
            ('pickle', lambda d, e: pickle.dumps(d.__setitem__(1, type('R', (), {'__reduce__': lambda s: act(d) or (int, ())})()) or d) and 0),
            ('format_map', lambda d, e: '{a}'.format_map(type('M', (), {'__getitem__': lambda s, k: act(d) or 1})())),
            ('%', lambda d, e: '%(a)s' % type('M', (dict,), {'__missing__': lambda s, k: act(d) or 1})()),
            ('popitem', lambda d, e: d.popitem() and act(d) and d.popitem()),
            ('move', lambda d, e: d.move_to_end(e)), ('itemgetter', lambda d, e: operator.itemgetter(e, 1)(d)),
        ):
            def f():
                d = kind({1: 'a', 2: 'b', 3: 'c'})
                e = E(lambda: act(d))
                r = op(d, e)
                return r, len(d), (1 in d), (2 in d)
            show(f'{kn} {on} {an}', f)
for kn, kind in (('set', set), ('setsub', type('S', (set,), {}))):
    for an, act in acts.items():
        for on, op in (
            ('in', lambda s, e: e in s), ('add', lambda s, e: s.add(e)), ('discard', lambda s, e: s.discard(e)), ('remove', lambda s, e: s.remove(e)),
            ('and', lambda s, e: size(s & {e, 2})), ('iand', lambda s, e: size(operator.iand(s, {e, 2}))), ('or', lambda s, e: size(s | {e})), ('sub', lambda s, e: size(s - {e})),
            ('isub', lambda s, e: size(operator.isub(s, {e, 2}))), ('xor', lambda s, e: size(s ^ {e})), ('ixor', lambda s, e: size(operator.ixor(s, {e}))),
            ('eq', lambda s, e: s == {e, 5, 6}), ('le', lambda s, e: s <= {e, 1, 2, 3}), ('ge', lambda s, e: s >= {e}), ('update', lambda s, e: s.update([e, 1, 2])),
            ('diffupd', lambda s, e: s.difference_update([e, 1])), ('symupd', lambda s, e: s.symmetric_difference_update([e, 9])), ('interupd', lambda s, e: s.intersection_update([e, 1])),
            ('inter', lambda s, e: size(s.intersection([e, 1, 2]))), ('issub', lambda s, e: s.issubset([e, 1, 2])), ('issuper', lambda s, e: s.issuperset([e, 1])), ('disj', lambda s, e: s.isdisjoint([e, 9])),
            ('union', lambda s, e: size(s.union([e], [e, 1]))), ('iter', lambda s, e: [act(s) for _ in s] and 0), ('frozen', lambda s, e: size(frozenset([e, 1, E(lambda: act(s))]))),
            ('pop', lambda s, e: s.add(e) or [s.pop() and 0 for _ in range(2)]), ('hash', lambda s, e: s.add(frozenset([e]))),
        ):
            def f():
                s = kind([1, 2, 3])
                e = E(lambda: act(s))
                r = op(s, e)
                return r, len(s), (2 in s)
            show(f'{kn} {on} {an}', f)
# ---- deques
dacts = {'clear': lambda d: d.clear(), 'append': lambda d: d.append(1), 'popleft': lambda d: d and d.popleft(), 'rotate': lambda d: d.rotate(1)}
class I:
    def __init__(s, act, v): s.act, s.v = act, v
    def __index__(s): s.act(); return s.v
for an, act in dacts.items():
    for on, op in (('index', lambda d, e: d.index(e)), ('count', lambda d, e: d.count(e)), ('remove', lambda d, e: d.remove(e)), ('in', lambda d, e: e in d),
                   ('eq', lambda d, e: d == collections.deque([e] * 6)), ('lt', lambda d, e: d < collections.deque([e] * 6)), ('get', lambda d, e: d[I(lambda: act(d), 2)]),
                   ('set', lambda d, e: d.__setitem__(I(lambda: act(d), 2), 5)), ('del', lambda d, e: d.__delitem__(I(lambda: act(d), 2))),
                   ('insert', lambda d, e: d.insert(I(lambda: act(d), 2), 5)), ('rotate', lambda d, e: d.rotate(I(lambda: act(d), 2))),
                   ('mul', lambda d, e: list(d * I(lambda: act(d), 2))), ('imul', lambda d, e: list(d.__imul__(I(lambda: act(d), 2)))),
                   ('extend', lambda d, e: d.extend(act(d) or 1 for _ in range(3))), ('extendleft', lambda d, e: d.extendleft(act(d) or 1 for _ in range(3))),
                   ('iter', lambda d, e: [act(d) for _ in d] and 0), ('rev', lambda d, e: [act(d) for _ in reversed(d)] and 0), ('copy', lambda d, e: len(d.copy())),
                   ('repr', lambda d, e: repr(d.append(type('R', (), {'__repr__': lambda s: act(d) or 'R'})()) or d) and 0), ('indexstop', lambda d, e: d.index(5, I(lambda: act(d), 1), I(lambda: act(d), 4))),
                   ('maxlen', lambda d, e: list(collections.deque((act(d) or 1 for _ in range(9)), 3)))):
        def f():
            d = collections.deque([0, 1, 2, 3, 4, 5])
            e = E(lambda: act(d))
            r = op(d, e)
            return r, [str(x)[:5] for x in d] if len(d) < 20 else len(d)
        show(f'deque {on} {an}', f)
# ---- buffers
bacts = {'clear': lambda b: b.clear(), 'extend': lambda b: b.extend(bytes(100)), 'del': lambda b: b.__delitem__(slice(0, 6)), 'pop': lambda b: b.pop()}
class BI(I):
    pass
for an, act in bacts.items():
    for on, op in (('get', lambda b, i: b[i(3)]), ('set', lambda b, i: b.__setitem__(i(3), 65)), ('setv', lambda b, i: b.__setitem__(3, i(65))), ('slice', lambda b, i: b[i(1):i(5)]),
                   ('setslice', lambda b, i: b.__setitem__(slice(i(1), i(5)), b'xyz')), ('delslice', lambda b, i: b.__delitem__(slice(i(0), i(6), 2))), ('insert', lambda b, i: b.insert(i(3), 65)), ('insertv', lambda b, i: b.insert(3, i(65))),
                   ('append', lambda b, i: b.append(i(65))), ('extend', lambda b, i: b.extend([i(65), i(66)])), ('remove', lambda b, i: b.remove(i(ord('d')))), ('pop', lambda b, i: b.pop(i(3))),
                   ('find', lambda b, i: b.find(b'd', i(1), i(6))), ('findi', lambda b, i: b.find(i(100))), ('count', lambda b, i: b.count(b'd', i(0))), ('mul', lambda b, i: b * i(2)), ('imul', lambda b, i: b.__imul__(i(2))),
                   ('in', lambda b, i: i(100) in b), ('startswith', lambda b, i: b.startswith(b'a', i(0))), ('split', lambda b, i: b.split(b'c', i(1))), ('replace', lambda b, i: b.replace(b'c', b'xx', i(1))),
                   ('ljust', lambda b, i: b.ljust(i(12), b'-')), ('expandtabs', lambda b, i: b.expandtabs(i(4))), ('hex', lambda b, i: b.hex(':', i(2))), ('mv', lambda b, i: memoryview(b)[i(3)]), ('mvset', lambda b, i: memoryview(b).__setitem__(3, i(65))),
                   ('mvcast', lambda b, i: memoryview(b).cast('B', [i(8)]).tolist()), ('pack_into', lambda b, i: struct.pack_into('2b', b, i(1), i(65), i(66))), ('unpack_from', lambda b, i: struct.unpack_from('2b', b, i(1))),
                   ('join', lambda b, i: b'-'.join([b, type('J', (bytes,), {})(b'x'), b])), ('translate', lambda b, i: b.translate(bytes(256), b'c')), ('decode', lambda b, i: b.decode('ascii')),
                   ('int', lambda b, i: int.from_bytes(b, 'big') and int.from_bytes([i(1), i(2)], 'big')), ('readinto', lambda b, i: io.BytesIO(b'xxxxxxxx').readinto(b)), ('recv', lambda b, i: re.sub(b'c', lambda m: act(b) or b'q', b)),
                   ('finditer', lambda b, i: [act(b) for _ in re.finditer(b'.', b)] and 0), ('fmt', lambda b, i: b'%c %d' % (i(65), 3)), ('bfmt', lambda b, i: b'%b' % type('B', (), {'__bytes__': lambda s: act(b) or b'q'})()),
                   ('crc', lambda b, i: zlib.crc32(b, i(3))), ('compress', lambda b, i: len(zlib.compress(b, i(3)))), ('hexlify', lambda b, i: binascii.hexlify(b, ':', i(2))), ('resize', lambda b, i: b.__init__(i(3)))):
        def f():
            b = bytearray(b'abcdefgh')
            r = op(b, lambda v: BI(lambda: act(b), v))
            return r, b if len(b) < 40 else len(b)
        show(f'bytearray {on} {an}', f)
for an, act in (('pop', lambda a: a.pop()), ('del', lambda a: a.__delitem__(slice(0, 4))), ('ext', lambda a: a.extend(range(50)))):
    for on, op in (('get', lambda a, i: a[i(3)]), ('set', lambda a, i: a.__setitem__(i(3), 5)), ('setv', lambda a, i: a.__setitem__(3, i(5))), ('insert', lambda a, i: a.insert(i(3), i(5))), ('append', lambda a, i: a.append(i(5))),
                   ('extend', lambda a, i: a.extend([i(5), i(6)])), ('fromlist', lambda a, i: a.fromlist([i(5), i(6)])), ('pop', lambda a, i: a.pop(i(2))), ('index', lambda a, i: a.index(E(lambda: act(a)))), ('index2', lambda a, i: a.index(3, i(0), i(5))),
                   ('count', lambda a, i: a.count(E(lambda: act(a)))), ('remove', lambda a, i: a.remove(E(lambda: act(a)))), ('in', lambda a, i: E(lambda: act(a)) in a), ('mul', lambda a, i: a * i(2)), ('imul', lambda a, i: a.__imul__(i(2))), ('slice', lambda a, i: a[i(1):i(4)]), ('setslice', lambda a, i: a.__setitem__(slice(i(1), i(3)), array.array('i', [1, 2, 3]))),
                   ('del', lambda a, i: a.__delitem__(slice(i(0), i(4), 2))), ('frombytes', lambda a, i: a.frombytes(bytes(8))), ('iter', lambda a, i: [len(a) < 500 and act(a) for _ in zip(a, range(20))] and 0), ('eq', lambda a, i: a == array.array('d', [1, 2, 3]))):
        def f():
            a = array.array('i', range(1, 7))
            r = op(a, lambda v: I(lambda: act(a), v))
            return r, a if len(a) < 30 else len(a)
        show(f'array {on} {an}', f)
