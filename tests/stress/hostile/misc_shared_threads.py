import threading, zlib, hashlib, struct, random, re, json, pickle, io, csv, decimal, functools, types, weakref, collections, operator, datetime, mmap, os, select, _queue, itertools
from xml.etree import ElementTree as ET
import xml.parsers.expat as ex

def mk():
    yield zlib.compressobj()
    yield zlib.decompressobj()
    yield hashlib.sha256()
    yield hashlib.blake2b()
    yield random.Random(1)
    yield io.StringIO('abc')
    yield io.TextIOWrapper(io.BytesIO(b'abc\n' * 100))
    yield pickle.Pickler(io.BytesIO())
    yield pickle.Unpickler(io.BytesIO(pickle.dumps([1, 2]) * 50))
    yield ET.fromstring('<a><b/><c>d</c></a>')
    yield ET.XMLParser()
    yield ET.TreeBuilder()
    yield ex.ParserCreate()
    yield types.SimpleNamespace(a=1)
    yield weakref.WeakValueDictionary()
    yield collections.Counter('abc')
    yield collections.ChainMap({})
    yield mmap.mmap(-1, 100)
    yield _queue.SimpleQueue()
    yield select.epoll()
    yield select.poll()
    yield functools.partial(int, 1)
    yield csv.writer(io.StringIO())
    yield csv.reader(['a'] * 100)
    yield threading.RLock()
    yield threading.local()
    yield (lambda a=1, *, b=2: a)
    yield type('T', (), {})
    yield type('T', (), {})()
    yield Exception(1)
    yield types.ModuleType('a')
    yield itertools.tee([1, 2, 3] * 100)[0]
    yield io.BufferedRandom(io.BytesIO(b'abc' * 100))
    yield io.BufferedRWPair(io.BytesIO(b'ab'), io.BytesIO())
    yield property(len)
    yield staticmethod(len)
    yield types.MethodType(len, [])
    yield iter({}.items())
    yield json.JSONDecoder()
    yield re.compile('(a)(b)?')
    yield struct.Struct('ii')
    yield datetime.datetime.now()
    yield collections.deque(maxlen=5)
    yield memoryview(bytearray(50))
    yield collections.defaultdict(list)
    yield {}.keys()
    yield slice(1, 2, 3)
    yield (1, 2).__iter__()
    yield sorted
    yield super(collections.Counter)
    yield frozenset('abc')
    yield 'abc'
    yield b'abc'
    yield (2 ** 100)
    yield 1.5
    yield 1j
    yield range(10)
skip = {'acquire', '__enter__', 'get', '_exit', 'poll', '__class__', 'acquire_lock', '__init_subclass__', 'mro', '__subclasses__',
        'wait', 'close', '_acquire_restore'}
for o in mk():
    names = [n for n in dir(o) if n not in skip]

    def w(seed):
        r = random.Random(seed)
        for i in range(600):
            n = r.choice(names)
            a = r.choice(((), (1,), ('a',), (b'abc',), ([1],), (None,), (2, 3), (o,), ('a', 5), (b'x', b'y'), ({'a': 1},)))
            try:
                getattr(o, n)(*a)
            except BaseException:
                pass
            if r.random() < 0.1:
                try:
                    setattr(o, n, a)
                except BaseException:
                    pass
            if r.random() < 0.05:
                try:
                    delattr(o, n)
                except BaseException:
                    pass
    ts = [threading.Thread(target=w, args=(i,)) for i in range(4)]
    [t.start() for t in ts]
    [t.join() for t in ts]
print('ok')
