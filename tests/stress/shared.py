"""Several threads use one object of each built-in type at random. No outcome but a crash, a hang or a SystemError is wrong.

Usage: shared.py INTERPRETER [--seconds N] [--seed N] [--threads N] [TYPE ...]

For each line of SUBJECTS an object is made that all threads share. They call its methods, read, set and delete its
attributes, apply operators, iterate, copy, pickle, compare and print it, in any order and with any of a few arguments, while
collections are forced now and then; soon they go on with a new one. Each type has a process of its own for `--seconds`. Of what
crashed or hung, the seed and each thread's last action are printed; the same seed draws the same actions, though not the same order.
"""
import argparse
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

LONGEST = 30  # seconds of processor time beyond --seconds
SLOT = 200  # bytes of the log that a thread's last action has

# name: how one is made
SUBJECTS = {
    "list": "[3, 1, 2, Key(1), 'a']", "list_sub": "SubList(range(9))", "tuple": "(1, 'a', [2], Key(3))", "dict": "{1: 2, 'a': [3], Key(1): 4}",
    "dict_str": "{'a': 1, 'b': 2}", "dict_sub": "SubDict(a=1)", "dict_keys": "HOLD({1: 2, 'a': 3}).keys()", "dict_items": "HOLD({1: 2, 'a': 3}).items()",
    "dict_values": "{1: 2, 'a': 3}.values()", "set": "{1, 'a', Key(1), Key(2)}", "set_sub": "SubSet('ab')", "frozenset": "frozenset((1, 'a', Key(1)))",
    "bytearray": "bytearray(b'abc def\\nghi')", "bytes": "b'abc def'", "str": "'abc d\\xe9f'", "int": "12345678901234567890", "float": "1.5",
    "complex": "1+2j", "bool": "True", "slice": "slice(1, Key(2), [3])", "range": "range(0, 100, 3)", "mappingproxy": "types.MappingProxyType({1: 2})",
    "memoryview": "memoryview(bytearray(b'abcdefgh'))", "memoryview_cast": "memoryview(bytearray(24)).cast('i', [2, 3])", "object": "Plain()",
    "slots": "Slotted()", "slots_dict": "SlottedDict()", "property": "property(lambda s: 1)", "staticmethod": "staticmethod(len)",
    "classmethod": "classmethod(len)", "super": "super(Sub, Sub())", "cell": "(lambda a: lambda: a)(1).__closure__[0]",
    "function": "make_function()", "method": "Sub().method", "code": "make_function().__code__", "module": "types.ModuleType('m')",
    "namespace": "types.SimpleNamespace(a=1)", "generic_alias": "list[int]", "union": "int | str", "class": "make_class()", "class_sub": "type('D', (make_class(),), {})",
    "metaclass": "type('M', (type,), {})", "enum": "enum.Enum('E', 'a b')", "abc": "abc.ABCMeta('A', (), {'f': abc.abstractmethod(lambda s: 1)})",
    "generator": "make_generator()", "generator_from": "(lambda g: (yield from g))(make_generator())", "coroutine": "make_coroutine()",
    "async_generator": "make_async_generator()", "asend": "make_async_generator().asend(None)", "athrow": "make_async_generator().athrow(ValueError)",
    "anext": "anext(make_async_generator(), 1)", "frame": "sys._getframe()", "frame_generator": "HOLD(make_generator()).gi_frame",
    "traceback": "make_traceback()", "exception": "ValueError('a')", "os_error": "OSError(2, 'm', 'f')", "exception_group": "ExceptionGroup('m', [ValueError(1), KeyError(2)])",
    "import_error": "ImportError('a', name='b')", "unicode_error": "UnicodeDecodeError('utf-8', b'abc', 0, 1, 'r')", "syntax_error": "SyntaxError('m', ('f', 1, 2, 't'))",
    "stop_iteration": "StopIteration(1)", "exception_sub": "type('E', (Exception,), {})(1)", "list_iterator": "iter([1, 2, 3] * 9)",
    "list_reverse": "reversed([1, 2, 3] * 9)", "dict_iterator": "iter(dict.fromkeys(range(30)))", "dict_item_iterator": "iter(dict.fromkeys(range(30)).items())",
    "dict_reverse": "reversed(dict.fromkeys(range(30)))", "set_iterator": "iter(set(range(30)))", "tuple_iterator": "iter((1, 2, 3) * 9)",
    "str_iterator": "iter('ab\\u20ac' * 9)", "bytes_iterator": "iter(b'abc' * 9)", "bytearray_iterator": "iter(bytearray(30))", "range_iterator": "iter(range(30))",
    "long_range_iterator": "iter(range(2**70, 2**70 + 30))", "callable_iterator": "iter([1, 2, 3].pop, 1)", "sequence_iterator": "iter(Sequence())",
    "memory_iterator": "iter(memoryview(bytes(30)))", "enumerate": "enumerate([1, 2] * 9)", "zip": "zip([1, 2] * 9, 'ab' * 9)", "map": "map(Key, [1, 2] * 9)",
    "filter": "filter(None, [1, 0] * 9)", "reversed": "reversed(Sequence())", "ref": "weakref.ref(HOLD(Plain()))", "proxy": "weakref.proxy(HOLD(Plain()))",
    "weak_dict": "weakref.WeakValueDictionary({1: HOLD(Plain())})", "weak_keys": "weakref.WeakKeyDictionary({HOLD(Plain()): 1})",
    "weak_set": "weakref.WeakSet([HOLD(Plain())])", "finalize": "weakref.finalize(HOLD(Plain()), len, ())", "deque": "collections.deque([1, 2, Key(3)])",
    "deque_bounded": "collections.deque([1, 2, 3], 3)", "deque_iterator": "iter(collections.deque([1, 2, 3] * 9))", "ordered_dict": "collections.OrderedDict(a=1, b=2)",
    "ordered_iterator": "iter(collections.OrderedDict.fromkeys(range(30)))", "ordered_items": "HOLD(collections.OrderedDict(a=1, b=2)).items()",
    "default_dict": "collections.defaultdict(list, a=[1])", "counter": "collections.Counter('abca')", "chain_map": "collections.ChainMap({'a': 1}, {})",
    "named_tuple": "collections.namedtuple('N', 'a b')(1, 2)", "user_list": "collections.UserList([1, 2])", "tuple_getter": "collections.namedtuple('N', 'a b').a",
    "partial": "functools.partial(Key, 1, a=2)", "lru_cache": "functools.lru_cache(3)(Key)", "lru_cache_unbounded": "functools.lru_cache(None)(Key)",
    "cmp_to_key": "functools.cmp_to_key(lambda a, b: 0)(1)", "single_dispatch": "functools.singledispatch(lambda a: a)", "cached_property": "make_cached()",
    "bytes_io": "io.BytesIO(b'abc\\ndef\\n' * 9)", "string_io": "io.StringIO('abc\\r\\nd\\u20acf\\n' * 9, None)", "string_io_raw": "io.StringIO('abc\\r\\ndef\\n' * 9, '')",
    "string_io_sub": "type('S', (io.StringIO,), {})('a\\nb\\n' * 9)", "text_io": "io.TextIOWrapper(io.BytesIO('abc\\r\\nd\\u20acf\\n'.encode() * 99), 'utf-8')",
    "text_io_16": "io.TextIOWrapper(io.BytesIO('abc\\nd\\u20acf\\n'.encode('utf-16') * 99), 'utf-16', newline='')", "text_file": "open('scratch', 'w+')",
    "text_latin": "io.TextIOWrapper(io.BytesIO(b'abc\\n' * 99), 'latin-1', line_buffering=True)",
    "text_write": "io.TextIOWrapper(io.BytesIO(), 'utf-8', write_through=True)", "buffered_reader": "io.BufferedReader(io.BytesIO(b'abc\\ndef\\n' * 99), 16)",
    "buffered_writer": "io.BufferedWriter(io.BytesIO(), 16)", "buffered_random": "io.BufferedRandom(io.BytesIO(b'abc\\ndef\\n' * 99), 16)",
    "buffered_pair": "io.BufferedRWPair(io.BytesIO(b'abc\\ndef\\n' * 99), io.BytesIO(), 16)", "buffered_file": "open('scratch', 'wb+', 16)", "file_reader": "open(__file__, 'rb')",
    "text_reader": "open(__file__)", "file_io": "io.FileIO('scratch', 'w+')", "newline_decoder": "io.IncrementalNewlineDecoder(codecs.getincrementaldecoder('utf-8')(), True)",
    "incremental_decoder": "codecs.getincrementaldecoder('utf-8')()", "gb_decoder": "codecs.getincrementaldecoder('gb18030')()", "gb_encoder": "codecs.getincrementalencoder('iso2022_jp')()",
    "stream_reader": "codecs.getreader('utf-8')(io.BytesIO(b'abc\\n' * 9))", "pattern": "re.compile('(a)|(b*)')", "match": "re.match('(?P<a>a)(b)?', 'abc')",
    "scanner": "re.compile('a|b').scanner('ab' * 30)", "finditer": "re.finditer('a|(b)', 'ab' * 30)", "scanner_bytes": "re.compile(b'a|b').scanner(bytearray(b'ab' * 30))",
    "struct": "struct.Struct('>ihs')", "iter_unpack": "struct.iter_unpack('<H', bytes(60))", "compress": "zlib.compressobj()", "decompress": "zlib.decompressobj()",
    "bz2_compressor": "bz2.BZ2Compressor()", "bz2_decompressor": "bz2.BZ2Decompressor()", "lzma_compressor": "lzma.LZMACompressor()", "lzma_decompressor": "lzma.LZMADecompressor()",
    "md5": "hashlib.md5(b'a')", "sha256": "hashlib.sha256(b'a')", "sha3": "hashlib.sha3_256(b'a')", "shake": "hashlib.shake_128(b'a')", "blake2b": "hashlib.blake2b(b'a')",
    "hmac": "hmac.new(b'k', b'm', 'sha1')", "pickler": "pickle.Pickler(io.BytesIO())", "pickler_memo": "pickle.Pickler(io.BytesIO()).memo",
    "unpickler": "pickle.Unpickler(io.BytesIO(pickle.dumps([1, {2: 'a'}, Plain()]) * 9))", "unpickler_memo": "pickle.Unpickler(io.BytesIO(b'N.')).memo",
    "json_encoder": "json.JSONEncoder()", "json_scanner": "json.JSONDecoder().scan_once", "json_iterencode": "json.JSONEncoder().iterencode([1, {'a': 2}] * 9)",
    "csv_reader": "csv.reader(['a,b', '\"c\\n', 'd\",e'] * 9)", "csv_writer": "csv.writer(io.StringIO())", "csv_dialect": "csv.reader([]).dialect",
    "date": "datetime.date(2020, 1, 2)", "datetime": "datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)", "timedelta": "datetime.timedelta(1, 2)",
    "time": "datetime.time(1, 2)", "timezone": "datetime.timezone(datetime.timedelta(hours=1), 'a')", "array_i": "array.array('i', range(9))", "array_d": "array.array('d', [1, 2])",
    "array_u": "array.array('u', 'abc')", "array_iterator": "iter(array.array('i', range(30)))", "mmap": "mmap.mmap(-1, 4096)", "random": "random.Random(1)",
    "decimal": "decimal.Decimal('1.5')", "decimal_context": "decimal.Context()", "fraction": "fractions.Fraction(1, 3)", "poll": "select.poll()", "epoll": "select.epoll()",
    "simple_queue": "queue.SimpleQueue()", "queue": "queue.Queue()", "priority_queue": "queue.PriorityQueue()", "future": "asyncio.Future(loop=LOOP)",
    "task": "asyncio.Task(make_coroutine(), loop=LOOP)", "future_iterator": "iter(asyncio.Future(loop=LOOP))", "context": "contextvars.copy_context()",
    "context_var": "contextvars.ContextVar('v', default=1)", "context_token": "contextvars.ContextVar('v').set(1)", "element": "ET.fromstring('<a b=\"c\">d<e/>f<g/></a>')",
    "element_iterator": "ET.fromstring('<a b=\"c\">d<e/>f<g/></a>').iter()", "tree_builder": "ET.TreeBuilder()", "xml_parser": "ET.XMLParser()", "pull_parser": "ET.XMLPullParser(['start', 'end'])",
    "expat": "expat.ParserCreate()", "expat_handlers": "make_expat()", "ucd": "unicodedata.ucd_3_2_0", "attrgetter": "operator.attrgetter('a.b', 'c')",
    "itemgetter": "operator.itemgetter(1, 2)", "methodcaller": "operator.methodcaller('a', 1, b=2)", "formatter_parser": "_string.formatter_parser('a{0!r:>{1}}b{c}' * 9)",
    "field_name": "_string.formatter_field_name_split('a.b[c].d')[1]", "template": "string.Template('$a ${b}')", "profiler": "cProfile.Profile()", "lock": "_thread.allocate_lock()",
    "rlock": "_thread.RLock()", "local": "threading.local()", "local_sub": "type('L', (threading.local,), {})()", "condition": "threading.Condition()", "event": "threading.Event()",
    "semaphore": "threading.Semaphore()", "socket": "make_socket()", "socket_pair": "make_socket_pair()", "scandir": "os.scandir('.')", "dir_entry": "next(os.scandir('/etc'))",
    "stat_result": "os.stat('.')", "builtin_method": "[].append", "builtin_function": "len", "method_wrapper": "(1).__add__", "wrapper_descriptor": "int.__add__",
    "method_descriptor": "list.append", "getset": "type(make_function).__code__", "member": "Slotted.a", "ast": "ast.parse('a = b + 1').body[0]", "symtable": "symtable.symtable('a = 1', 'f', 'exec')",
    "count": "itertools.count(1)", "count_step": "itertools.count(1.5, 2)", "cycle": "itertools.cycle([1, 2])", "repeat": "itertools.repeat(1, 99)", "accumulate": "itertools.accumulate([1] * 30)",
    "chain": "itertools.chain([1], (2, 3), 'ab' * 9)", "compress_iterator": "itertools.compress([1, 2] * 9, [1, 0] * 9)", "dropwhile": "itertools.dropwhile(bool, [1, 0] * 9)",
    "filterfalse": "itertools.filterfalse(None, [1, 0] * 9)", "groupby": "itertools.groupby([1, 1, 2] * 9)", "grouper": "next(itertools.groupby([1] * 30))[1]",
    "islice": "itertools.islice([1] * 30, 1, 20, 2)", "pairwise": "itertools.pairwise([1] * 30)", "starmap": "itertools.starmap(Key, [(1,)] * 30)", "takewhile": "itertools.takewhile(bool, [1] * 30)",
    "tee": "itertools.tee([1] * 30)[0]", "zip_longest": "itertools.zip_longest([1] * 30, 'ab')", "product": "itertools.product([1, 2], 'ab', repeat=2)",
    "permutations": "itertools.permutations('abcd')", "combinations": "itertools.combinations('abcde', 2)", "combinations_replaced": "itertools.combinations_with_replacement('abcd', 2)",
    "typevar": "typing.TypeVar('T')", "mock": "unittest.mock.Mock()", "logger": "logging.Logger('a')", "config": "configparser.ConfigParser()", "path": "pathlib.PurePath('/a/b')",
    "exit_stack": "contextlib.ExitStack()", "context_manager": "contextlib.nullcontext()", "tempfile": "tempfile.SpooledTemporaryFile(99)", "gzip": "gzip.GzipFile(fileobj=io.BytesIO(), mode='wb')",
    "zipfile": "zipfile.ZipFile(io.BytesIO(), 'w')", "sqlite": "sqlite3.connect(':memory:', check_same_thread=False)", "sqlite_cursor": "sqlite3.connect(':memory:', check_same_thread=False).execute('select 1')",
    "dataclass": "dataclasses.make_dataclass('D', ['a', ('b', int, 2)])(1)", "simple_cookie": "http.cookies.SimpleCookie('a=b')", "message": "email.message.Message()",
}

# A short run takes one of each kind of implementation.
SHORT = """list dict dict_str set bytearray object slots function class class_sub generator coroutine async_generator frame traceback exception
memoryview mappingproxy deque ordered_dict default_dict lru_cache bytes_io string_io text_io buffered_reader buffered_random pattern scanner
compress decompress md5 pickler unpickler csv_reader csv_writer array_i mmap random simple_queue future task context element xml_parser expat
local rlock islice groupby tee zip_longest ref weak_dict module""".split()

ARGUMENTS = {  # what would otherwise block, for methods of these names
    "acquire": ["False", "True, 0.001"], "acquire_lock": ["False", "True, 0.001"], "get": ["False", "0, 0", "'a', 0.01"], "wait": ["0.001"], "wait_for": ["bool, 0.001"], "_acquire_restore": [], "poll": ["0"], "join": ["['a']", "()"], "put": ["1, False"],
    "fromfd": [], "__enter__": [], "settimeout": ["0"], "setblocking": ["False"], "accept": [""], "makefile": [], "detach": [""], "read": ["", "1", "5", "-1"], "readline": ["", "2"],
    "write": ["'ab\\n'", "b'ab\\n'", "'\\u20ac' * 50", "b'x' * 40"], "readinto": ["bytearray(5)"], "seek": ["0", "3", "0, 2", "1, 1"], "truncate": ["", "2", "50"], "update": ["b'abc'", "{1: 2}", "[1, 2]", ""],
    "feed": ["'<a>'", "'</a>'", "'<b c=\"d\">e'", "'x'"], "Parse": ["'<a>'", "'</a>', True", "'<b c=\"d\">e'"], "resize": ["4096", "8192", "1"], "switch": [], "run": ["len, ()", "make_coroutine"],
    "connect": [], "bind": [], "listen": [], "sleep": [], "dump": ["[1, {2: 'a'}]", "x", "Plain()"], "writerow": ["[1, 'a']", "'ab'"], "writerows": ["[[1], 'ab']"], "compress": ["b'abc' * 99"],
    "decompress": ["zlib.compress(b'abc' * 99)", "b'x'", "zlib.compress(b'ab' * 99)[:9]"], "ParseFile": ["io.BytesIO(b'<a>b</a>')"], "reconfigure": ["encoding='utf-8'", "line_buffering=True", "newline=''", "write_through=True"],
    "send": ["None", "b'a'", "1"], "asend": ["None"], "throw": ["ValueError", "GeneratorExit"], "sendall": ["b'a'"], "recv": ["4"], "rotate": ["1", "-2"], "pop": ["", "0", "'a'", "1", "1, 2"],
    "insert": ["0, x", "1, 2"], "replace": ["'a', 'b'", "b'a', b'bc'", ""], "search": ["'ab' * 9", ""], "sub": ["'x', 'ab' * 9", "lambda m: m[0], 'ab' * 9"], "findall": ["'ab' * 9", "'e'"], "setdefault": ["1, []", "'a'"],
    "execute": ["'select 1'", "'create table t (a)'"], "close": [""], "register": ["0", "LISTENER"], "block": [], "_setErrorHandler": [], "sendfile": [], "share": [], "shutdown": ["2"], "fileno": [""], "print_stats": [],
    "fromfile": ["open(__file__, 'rb'), 3"], "set": ["1", ""], "debug": ["'m'"], "error": ["'m'"], "info": ["'m'"], "critical": ["'m'"], "warning": ["'m'"], "exception": ["'m'"], "log": [], "_log": [], "handle": [], "callHandlers": [],
}
POOL = """0 1 2 -1 7 True None 2.5 2**63 'a' 'ab' 'b' '' b'a' b'abc' [] [1,2] (1,2) () {} {1:2} {'a':3} {1,2} slice(0,2) slice(None,None,-1) Key(1)
Key(2) len int str list dict object x x x iter([1,2]) (lambda*a:1) ValueError ValueError('a') Plain() io.BytesIO(b'ab') io.StringIO('a') bytearray(b'ab')
make_function() make_function().__code__ make_generator() Plain Sub type(x) BaseException range(3) array.array('i',[1]) types.SimpleNamespace(a=1) __file__ 'utf-8'
OTHER OTHER OTHER""".split("\n")
OPERATORS = """x == {a}|x != {a}|x < {a}|{a} in x|x[{a}]|x[{a}] = {b}|del x[{a}]|x + {a}|x * 2|x - {a}|x & {a}|x {vertical} {a}|x ^ {a}|x % {a}|~x|-x|x @ {a}|{a} + x|{a} - x
y = x; y += {a}|y = x; y {vertical}= {a}|y = x; y *= 1|y = x; y -= {a}|hash(x)|repr(x)|str(x)|bool(x)|len(x)|x({a})|x({a}, {b})|x()|list(islice(x, 50))|[*islice(x, 5)]
for i in islice(x, 20): pass|next(x)|next(x)|next(x)|iter(x)|reversed(x)|next(iter(x))|copy.copy(x)|copy.deepcopy(x)|pickle.loads(pickle.dumps(x))|pickle.dumps(x, 1)|f'{{x}}'|x.__sizeof__()|dir(x)|vars(x)
isinstance({a}, x)|issubclass(x, {a})|isinstance(x, {a})|memoryview(x)|bytes(x)|sorted(islice(x, 9))|sys.getsizeof(x)|gc.get_referents(x)|gc.get_referrers(x)|weakref.ref(x)|x.__class__ = {a}|gc.collect(0)|gc.collect()
gc.collect(1)|x.__dict__|x.__dict__ = {{'a': 1}}|x.__dict__['a'] = {a}|x.spam = {a}|x.a = {a}|x.a|del x.a|del x.spam|x.spam|x.b = 1|x.c = {a}|del x.c|setattr(x, 'n' + {c}, {a})|delattr(x, 'n' + {c})|getattr(x, 'n' + {c})
x.__init__({a})|x.__init__()|x.__setstate__(x.__getstate__())|x.__setstate__(x.__reduce_ex__(2)[2])|type(x)({a})|type(x).__new__(type(x))|OTHERS.append(x)|abs(x)|int(x)|float(x)|sum(islice(x, 5))|max(x)|dict(x)
async_step(x)|x.send(None)|raising(x)|raising(x, {a})|caught(x)|with_(x)|tb_walk(x)|match_(x)|x == copy.copy(x)|x < x|x == x|x & x|x - x|y = x; y += x|json.dumps(x)|','.join(x)|struct.unpack_from('<H', x)
zlib.crc32(x)|memoryview(x).release()|io.BytesIO().write(x)|exec(x)|instance(x)|instance(x)|instance_set(x)|type('N', (x,), {{}})|inspect_(x)|sys.intern(x)|marshal.dumps(x)|str(x, 'utf-8')|int.from_bytes(x, 'big')|OTHER == x
x.__bases__ = (Sub,)|x.__bases__ = (Plain,)|x.__name__ = {a}|x.f = lambda self, *a: 1|x.__getattr__ = lambda *a: 1|del x.__getattr__|x.__eq__ = lambda *a: True|x.__slots__ = ('a',)|x.__hash__ = None|x.__len__ = lambda s: 1
x.__defaults__ = {a}|x.__code__ = make_function().__code__|x.__kwdefaults__ = {{'k': 2}}|x.__annotations__ = {{}}|x.__args__|x.args = {a}|x.__notes__ = [{a}]|x.add_note('a')|x.with_traceback(make_traceback())|x.__cause__ = x
x.__context__ = ValueError()|x.__traceback__ = None|x.tb_next = make_traceback()|x.tb_next = x|x.tb_next = None|x.f_lineno|x.f_locals|x.f_trace = None|x.f_back|x.f_lineno = 5|x.clear()|x.cell_contents = {a}|del x.cell_contents"""


ENDLESS = re.compile(r"max\(x\)|\bin x$")  # for iterators without end
FINAL = re.compile(r"\.(close|detach|release|shutdown|__exit__|__del__|clear)\b|(__class__|fileno) = |with_")

PRELUDE = r'''
import _string, _thread, abc, array, ast, asyncio, cProfile, codecs, collections, configparser, contextlib, contextvars, copy, csv, dataclasses, datetime
import email.message, enum, fractions, functools, gc, gzip, hashlib, hmac, http.cookies, io, itertools, json, logging, marshal, mmap, operator
import os, pathlib, pickle, queue, random, re, select, socket, string, struct, symtable, sys, tempfile, threading, time, types, typing
import unicodedata, unittest.mock, warnings, weakref, zipfile, zlib
from itertools import islice
from xml.etree import ElementTree as ET
from xml.parsers import expat
def optional(*names):
    for name in names:
        try: globals()[name] = __import__(name)
        except ImportError: pass
optional("bz2", "lzma", "sqlite3", "decimal")
logging.disable()
LOOP = asyncio.new_event_loop()
LOOP.set_exception_handler(lambda *a: None)
HELD, OTHERS = collections.deque(maxlen=9), collections.deque(maxlen=3)
def HOLD(x):
    HELD.append(x)
    return x
class Plain:
    pass
class Sub(Plain):
    def method(self, *a): return a
class SubList(list): pass
class SubDict(dict): pass
class SubSet(set): pass
class Slotted:
    __slots__ = ("a", "b", "__weakref__")
class SlottedDict(Slotted):
    pass
class Sequence:
    def __getitem__(self, i):
        if i > 30: raise IndexError
        return i
    def __len__(self): return 30
class BriefLock(_thread.RLock):
    """For conditions. Who waits would else wait for ever when a thread that took the lock ends, or finds another `release`."""
    def __enter__(self): return self.acquire(True, 0.001)
    def _acquire_restore(self, state): return self.acquire(True, 0.001)
threading.RLock = BriefLock
class Key:
    def __init__(self, n=0, *a, **k): self.n = n
    def __hash__(self): return 1
    def __eq__(self, other): return type(other) is Key and self.n == other.n
    def __index__(self): return 1
def make_function():
    def f(a=1, *b, k=2, **c): return a, k
    return f
def make_class():
    class C(Plain):
        a = 1
        def f(self, *a): return self.a
        @property
        def p(self): return self.a
        @classmethod
        def c(cls, *a): return cls
    return C
def make_generator():
    try:
        for i in range(50):
            x = yield i
    except ValueError:
        yield 1
async def make_coroutine():
    for i in range(20): await asyncio.sleep(0)
    return 1
async def make_async_generator():
    try:
        for i in range(20):
            await asyncio.sleep(0)
            yield i
    except ValueError:
        yield 1
def make_traceback():
    try: raising(ValueError())
    except ValueError as e: return e.__traceback__
def make_cached():
    class C:
        @functools.cached_property
        def a(self): return 1
    return C()
def make_expat():
    p = expat.ParserCreate()
    p.StartElementHandler = p.EndElementHandler = p.CharacterDataHandler = lambda *a: None
    return p
def make_socket():
    s = socket.socket()
    s.setblocking(False)
    return s
def make_socket_pair():
    a, b = socket.socketpair()
    a.setblocking(False)
    return HOLD((a, b))[0]
def raising(x, y=None): raise x from y
def caught(x):
    try: raise x
    except* ValueError as e: pass
def with_(x):
    if not hasattr(x, "acquire"):
        with x as y: return y
def tb_walk(x):
    for _ in range(20): x = x.tb_next
def instance(x):
    y = x(); y.f(); y.p; y.a; y.c(); len(y); y == y; y.spam
def instance_set(x):
    y = x(); y.a = 1; y.b = 2; y.f(1); del y.a; y.__class__ = x; hash(y)
def match_(x):
    match x:
        case {"a": 1} | [1, *_] | int(_): pass
        case Plain(a=1): pass
def inspect_(x):
    return x.__doc__, x.__module__, x.__name__, x.__qualname__, x.__mro__, x.__subclasses__()
def async_step(x):
    return x.__anext__().send(None)
'''


def actions_of(x, rng, space):
    """Lines of Python to be run with x, drawn from what it has."""
    pool = [w for line in POOL for w in line.split(" ") if w]
    names = sorted(set(dir(x)) | set(dir(type(x)))) if not isinstance(x, space["weakref"].ProxyType) else dir(x)
    names = [n for n in names if n not in ("__init_subclass__", "__subclasshook__", "__class__")]
    operators = OPERATORS.replace("\n", "|").split("|")

    def value():
        return rng.choice(pool)
    while True:
        way, name = rng.random(), rng.choice(names)
        if way < 0.42:
            if name in ARGUMENTS:
                if not ARGUMENTS[name]:
                    continue
                arguments = rng.choice(ARGUMENTS[name])
            else:
                arguments = ", ".join(value() for _ in range(rng.choice((0, 0, 0, 1, 1, 1, 1, 2, 2, 3))))
            yield f"x.{name}({arguments})"
        elif way < 0.50:
            yield f"x.{name}"
        elif way < 0.54:
            yield f"x.{name} = {value()}"
        elif way < 0.55:
            yield f"del x.{name}"
        else:
            text = rng.choice(operators)
            yield text.format(a=value(), b=value(), c=repr(rng.choice("abcdefghij")), vertical="|")


def child(options):
    import gc
    import mmap
    import random
    import threading
    import warnings
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda *a: None
    threading.excepthook = lambda *a: None
    space = {"__name__": "shared", "__file__": __file__}
    exec(PRELUDE, space)
    space["LISTENER"] = 0
    sys.modules["shared"] = type(sys)("shared")  # for pickles
    vars(sys.modules["shared"]).update(space)
    name, expression = options.types[0], SUBJECTS[options.types[0]]
    os.dup2(1, 901)  # what works with descriptors may close the low ones
    log = mmap.mmap(900, SLOT * (options.threads + 1))
    rng = random.Random(f"{options.seed} {name}")
    sys.setrecursionlimit(300)
    end, system_errors, stuck = time.monotonic() + options.seconds, [], []
    try:
        space["OTHER"] = eval(expression, space)
    except (ImportError, NameError, LookupError):  # a module or codec that is not there
        return 0
    draw = actions_of(space["OTHER"], rng, space)
    sys.setswitchinterval(1e-4)
    monotonic, sleep = time.monotonic, time.sleep
    plain = dict(space)
    good, bad, finals = [], [], []  # what works at a new object, alone; what does not; what leaves it of little use
    while len(good) < 150 and len(bad) < 500:
        text = next(draw)
        if name in ("count", "count_step", "cycle") and ENDLESS.search(text):
            continue
        code = compile(text, text, "exec")
        here = dict(space, x=eval(expression, space), OTHER=eval(expression, space))
        log[:SLOT] = text.encode()[:SLOT].ljust(SLOT)
        try:
            exec(code, here)
            (finals if FINAL.search(text) else good).append((text, code))
        except BaseException:
            bad.append((text, code))
    rounds = 0
    while monotonic() < end:
        rounds += 1
        space.clear(), space.update(plain)
        made, other = eval(expression, space), eval(expression, space)
        stop = [False]

        def work(number, drawn):
            here = dict(space)
            here["x"], here["OTHER"] = made, other
            slot = number * SLOT
            count = 0
            while not stop[0]:
                text, code = drawn[count % len(drawn)]
                log[slot:slot + SLOT] = text.encode()[:SLOT].ljust(SLOT)
                count += 1
                try:
                    exec(code, here)
                except SystemError as error:
                    if "excepted" not in str(error):
                        system_errors.append(f"{text}: {error!r}")
                except BaseException:
                    pass
                if count % 8 == 0:
                    here.pop("y", None), here.pop("i", None)
                    try:
                        if len(made) > 3000:
                            stop[0] = True
                    except BaseException:
                        pass
            here.clear()
        # Few kinds of actions in a round meet each other often.
        count = rng.choice((2, 3, 4, 6, 12, 40))
        chosen = rng.choices(good or bad, k=count) + rng.choices(bad or good, k=count // 4)
        if finals and rng.random() < 0.3:
            chosen.append(rng.choice(finals))
        threads = [threading.Thread(target=work, args=(i, rng.choices(chosen, k=200)), daemon=True) for i in range(options.threads)]
        for thread in threads:
            thread.start()
        until = monotonic() + rng.choice((0.004, 0.01, 0.02, 0.05))
        while monotonic() < until and not stop[0]:
            log[options.threads * SLOT:] = b"gc.collect()".ljust(SLOT)
            gc.collect(rng.choice((0, 0, 0, 1, 2)))
            log[options.threads * SLOT:] = b"-".ljust(SLOT)
            sleep(0.001)
        stop[0] = True
        for thread in threads:
            thread.join()
        del made, other, threads, work
        log[:] = b"-".ljust(len(log))
        sys.settrace(None), sys.setprofile(None)
        if system_errors:
            break
    os.write(901, f"ROUNDS {rounds}\n".encode())
    for error in system_errors[:3]:
        os.write(901, f"SystemError: {error}\n".encode())
    os._exit(3 if system_errors else 0)


# ---- the parent


def ended(process, seconds):
    """Whether it ends within this processor time (a busy machine gives little of it), and does not sleep for ever."""
    ticks_before, still = 0, 0
    while True:
        try:
            process.wait(2)
            return True
        except subprocess.TimeoutExpired:
            ticks = sum(map(int, pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
            # A main thread that waits for a lock looks up twenty times a second: it is still if it does no more than that.
            still = still + 2 if ticks - ticks_before < 0.02 * os.sysconf("SC_CLK_TCK") else 0
            ticks_before = ticks
            if ticks / os.sysconf("SC_CLK_TCK") > seconds or still > LONGEST:
                return False


def run(interpreter, name, options, sanitized, folder):
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if not sanitized:
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    log = os.open(os.path.join(folder, "log"), os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.ftruncate(log, SLOT * (options.threads + 1))
    os.dup2(log, 900, inheritable=True)
    os.close(log)
    command = [interpreter, "-X", "faulthandler", str(pathlib.Path(__file__).resolve()), interpreter, name, "--child", "--seed", str(options.seed),
               "--seconds", str(options.seconds), "--threads", str(options.threads)]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=folder, env=environment,
                                   preexec_fn=limit, pass_fds=[900], start_new_session=True)
        over = ended(process, 2 * options.seconds + LONGEST)
        if not over and options.keep:
            print(f"hanging: {name}, process {process.pid}", flush=True)
            process.wait()
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        output.seek(0)
        text = output.read().decode(errors="replace")
    last = os.pread(900, SLOT * (options.threads + 1), 0)
    os.close(900)
    if over and process.returncode == 0 and "Sanitizer" not in text:
        return None
    what = "no end" if not over else f"status {process.returncode}"
    last = [last[i:i + SLOT].decode(errors="replace").strip(" \0") for i in range(0, len(last), SLOT)]
    start = re.search("Fatal Python error|Sanitizer|heap damaged|SystemError", text)
    return f"FAILED {name}: {what}, seed {options.seed}\n  x = {SUBJECTS[name]}\n" + "".join(f"  {line}\n" for line in last) + text[start.start() if start else 0:][:2500]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("interpreter")
    parser.add_argument("types", nargs="*")
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--short", action="store_true", help="one type of each kind")
    parser.add_argument("--keep", action="store_true", help="let what hangs wait for a debugger")
    parser.add_argument("--child", action="store_true")
    options = parser.parse_intermixed_args()
    if options.child:
        return child(options)
    interpreter = os.path.abspath(options.interpreter)
    wanted = options.types or (SHORT if options.short else list(SUBJECTS))
    program = pathlib.Path(interpreter).read_bytes()
    sanitized = b"__asan_init" in program or b"__tsan_init" in program
    failed = 0
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            problem = run(interpreter, name, options, sanitized, folder)
        if problem:
            failed += 1
            print(problem, flush=True)
    print(f"{len(wanted) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
