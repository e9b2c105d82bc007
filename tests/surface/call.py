"""Calls what is built in with arguments that it does not take, and writes what comes of each call, one a line.

Usage: call.py FILE [MODULE or CLASS ...]

compare.py holds it against python3.11: calls.txt counts what differs.
"""
import functools
import inspect
import os
import re
import sys
import warnings

ADDRESS = re.compile(r"0x[0-9a-f]{6,}|\b\d{15}\b")

FUNCTIONS = """_abc _bisect _blake2 _codecs _collections _contextvars _csv _datetime _functools _heapq _json _md5 _opcode
    _operator _pickle _queue _random _sha1 _sha256 _sha3 _sha512 _sre _statistics _stat _string _struct _symtable _tracemalloc
    _weakref array binascii builtins cmath itertools math time unicodedata zlib _io""".split()
# What waits, ends the process, reads, writes or prints, shows where memory lies, or has results of its own each time.
LEFT_OUT = set("""builtins.breakpoint builtins.copyright builtins.credits builtins.exit builtins.help builtins.input
    builtins.license builtins.print builtins.quit builtins.open builtins.__import__ builtins.__build_class__ builtins.globals
    builtins.locals builtins.vars builtins.dir _io.open _io.open_code time.sleep time.tzset builtins.id builtins.hash
    _tracemalloc.start _tracemalloc.stop _abc.get_cache_token time.clock_settime time.clock_settime_ns _codecs.register
    _sre.getcodesize time.pthread_getcpuclockid builtins.exec builtins.eval _io.FileIO""".split())


def instances():
    """Name of a class, and what makes an instance of it."""
    import _blake2
    import _collections
    import _contextvars
    import _csv
    import _datetime
    import _functools
    import _io
    import _json
    import _md5
    import _operator
    import _pickle
    import _queue
    import _random
    import _sha1
    import _sha3
    import _sha256
    import _sha512
    import _struct
    import array
    import itertools
    import re as regular
    import types
    import weakref
    import zlib

    class Plain:
        pass

    def function(a, b=1):
        yield a

    async def coroutine():
        pass

    def filled(made):
        made.put(1)
        return made

    def closed(made):
        made.close()
        return made

    return {
        "object": object, "type": lambda: type("T", (), {}), "int": lambda: 12, "bool": lambda: True, "float": lambda: 2.5,
        "complex": lambda: 1j, "str": lambda: "text", "bytes": lambda: b"text", "bytearray": lambda: bytearray(b"text"),
        "list": lambda: [1, "b"], "tuple": lambda: (1, "b"), "dict": lambda: {"a": 1}, "set": lambda: {1, 2},
        "frozenset": lambda: frozenset({1}), "range": lambda: range(3), "slice": lambda: slice(1, 2),
        "memoryview": lambda: memoryview(bytearray(b"text")), "enumerate": lambda: enumerate("ab"), "zip": lambda: zip("ab"),
        "map": lambda: map(str, "ab"), "filter": lambda: filter(None, "ab"), "reversed": lambda: reversed([1]),
        "list_iterator": lambda: iter([1]), "str_iterator": lambda: iter("ab"), "range_iterator": lambda: iter(range(3)),
        "dict_keys": lambda: {"a": 1}.keys(), "dict_items": lambda: {"a": 1}.items(), "dict_values": lambda: {"a": 1}.values(),
        "dict_keyiterator": lambda: iter({"a": 1}), "set_iterator": lambda: iter({1}), "property": property,
        "generator": lambda: function(1), "coroutine": lambda: closed(coroutine()), "function": lambda: Plain.__init__ and function,
        "builtin_function": lambda: len, "method": lambda: types.MethodType(function, 1), "code": lambda: function.__code__,
        "cell": lambda: types.CellType(1), "mappingproxy": lambda: types.MappingProxyType({"a": 1}),
        "SimpleNamespace": lambda: types.SimpleNamespace(a=1), "GenericAlias": lambda: list[int], "Union": lambda: int | str,
        "BaseException": BaseException, "OSError": lambda: OSError(1, "x"), "StopIteration": lambda: StopIteration(1),
        "SyntaxError": lambda: SyntaxError("x"), "UnicodeDecodeError": lambda: UnicodeDecodeError("ascii", b"x", 0, 1, "no"),
        "ExceptionGroup": lambda: ExceptionGroup("x", [ValueError(1)]), "ImportError": lambda: ImportError("x", name="a"),
        "classmethod": lambda: classmethod(len), "staticmethod": lambda: staticmethod(len), "super": lambda: super(Plain, Plain()),
        "module": lambda: types.ModuleType("m"), "weakref": lambda: weakref.ref(Plain), "weakproxy": lambda: weakref.proxy(Plain),
        "deque": lambda: _collections.deque([1, 2]), "defaultdict": lambda: _collections.defaultdict(int),
        "OrderedDict": lambda: _collections.OrderedDict(a=1), "partial": lambda: _functools.partial(len),
        "lru_cache": lambda: functools.lru_cache(len), "itemgetter": lambda: _operator.itemgetter(0),
        "attrgetter": lambda: _operator.attrgetter("a"), "methodcaller": lambda: _operator.methodcaller("a"),
        "array": lambda: array.array("i", [1, 2]), "array_u": lambda: array.array("u", "ab"),
        "Struct": lambda: _struct.Struct("i"), "StringIO": lambda: _io.StringIO("text"), "BytesIO": lambda: _io.BytesIO(b"text"),
        "BufferedReader": lambda: _io.BufferedReader(_io.BytesIO(b"text")),
        "BufferedWriter": lambda: _io.BufferedWriter(_io.BytesIO(b"text")),
        "BufferedRandom": lambda: _io.BufferedRandom(_io.BytesIO(b"text")),
        "TextIOWrapper": lambda: _io.TextIOWrapper(_io.BytesIO(b"text")),
        "IncrementalNewlineDecoder": lambda: _io.IncrementalNewlineDecoder(None, True),
        "date": lambda: _datetime.date(2000, 1, 2), "datetime": lambda: _datetime.datetime(2000, 1, 2),
        "time": lambda: _datetime.time(1, 2), "timedelta": lambda: _datetime.timedelta(1), "tzinfo": _datetime.tzinfo,
        "timezone": lambda: _datetime.timezone(_datetime.timedelta(0)), "md5": _md5.md5, "sha1": _sha1.sha1,
        "sha256": _sha256.sha256, "sha512": _sha512.sha512, "sha3_256": _sha3.sha3_256, "shake_128": _sha3.shake_128,
        "blake2b": _blake2.blake2b, "blake2s": _blake2.blake2s, "compressobj": zlib.compressobj,
        "decompressobj": zlib.decompressobj, "Pattern": lambda: regular.compile("(a)(?P<n>b)?"),
        "Match": lambda: regular.match("(a)(?P<n>b)?", "ab"), "Random": lambda: _random.Random(1),
        "SimpleQueue": lambda: filled(_queue.SimpleQueue()), "Pickler": lambda: _pickle.Pickler(_io.BytesIO()),
        "Unpickler": lambda: _pickle.Unpickler(_io.BytesIO()), "csv_reader": lambda: _csv.reader([]),
        "csv_writer": lambda: _csv.writer(_io.StringIO()), "Dialect": _csv.Dialect, "ContextVar": lambda: _contextvars.ContextVar("x"),
        "Context": _contextvars.Context, "json_scanner": lambda: _json.make_scanner(__import__("json").JSONDecoder()),
    } | {name: functools.partial(kind, *arguments) for name, kind, arguments in [
        ("accumulate", itertools.accumulate, ([1],)), ("chain", itertools.chain, ([1],)), ("count", itertools.count, ()),
        ("combinations", itertools.combinations, ("ab", 1)), ("cycle", itertools.cycle, ("ab",)),
        ("groupby", itertools.groupby, ("ab",)), ("islice", itertools.islice, ("ab", 1)), ("product", itertools.product, ("ab",)),
        ("repeat", itertools.repeat, (1, 2)), ("starmap", itertools.starmap, (max, [(1, 2)])),
        ("zip_longest", itertools.zip_longest, ("ab",)), ("permutations", itertools.permutations, ("ab",))]}


# Methods that show where memory lies or how objects are laid out.
METHODS_LEFT_OUT = {"__hash__", "__sizeof__", "__class__", "__dir__", "__subclasshook__", "__del__", "__init_subclass__", "fileno",
                    "__pow__", "__rpow__", "reconfigure", "__lshift__", "__rlshift__"}
DEBUG = os.environ.get("CALL_DEBUG")
VALUES = [None, 3, -1, 1 << 100, 1.5, "a", "\u0431", b"a", [], (1,), {}, object(), int]
PAIRS = [None, 3, "a", b"a", (), object()]


def argument_lists(function):
    yield (), {}
    for a in VALUES:
        yield (a,), {}
    for a in PAIRS:
        for b in PAIRS:
            yield (a, b), {}
    for a in PAIRS:
        yield (a, a, a), {}
        yield ("a", a, a), {}
        yield (a, 3, a), {}
    yield (None,) * 4, {}
    yield (3,) * 5, {}
    yield (None,) * 13, {}
    yield (), {"spam": 1}
    yield (None,), {"spam": 1}
    yield ("a", 3), {"spam": 1, "eggs": 2}
    try:
        parameters = [p for p in inspect.signature(function).parameters if p not in ("self", "args", "kwargs")]
    except (ValueError, TypeError):
        parameters = []
    for name in parameters:
        for value in (None, 3, "a", object()):
            yield (), {name: value}
            yield ("a",), {name: value}
            yield (3, 3), {name: value}


def show(value):
    return ADDRESS.sub("0x", repr(value)) if type(value) is not object else "object()"


def outcome(function, arguments, keywords):
    try:
        result = function(*arguments, **keywords)
    except BaseException as error:
        try:
            return ADDRESS.sub("0x", f"{type(error).__name__}: {error}")
        except Exception as other:
            return f"{type(error).__name__}, whose text is {type(other).__name__}: {other}"
    return f"a {type(result).__name__}"


def write(file, path, make):
    """make() gives the function: each call gets a fresh one, because a call may change what it is bound to."""
    for arguments, keywords in argument_lists(make()):
        try:
            function = make()
        except AttributeError:
            return
        text = ", ".join([show(a) for a in arguments] + [f"{k}={show(v)}" for k, v in keywords.items()])
        file.write(f"{path}({text})\t")
        if DEBUG: file.flush()
        file.write(outcome(function, arguments, keywords) + "\n")
    file.flush()


def main(path, wanted):
    warnings.simplefilter("ignore")
    sys.set_int_max_str_digits(0)
    sys.stdin = None
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(opened, 200)  # far from the numbers that the calls below make files of
    os.closerange(3, 200)
    file = open(200, "w", encoding="utf-8", errors="backslashreplace")
    for name in FUNCTIONS:
        if wanted and name not in wanted:
            continue
        module = __import__(name)
        for attribute in sorted(vars(module)):
            value = getattr(module, attribute)
            if callable(value) and f"{name}.{attribute}" not in LEFT_OUT and not attribute.startswith("_xx") and \
                    not isinstance(value, type(write)) and getattr(value, "__module__", name) in (name, "builtins", None, *FUNCTIONS):
                write(file, f"{name}.{attribute}", lambda value=value: value)
    for name, make in instances().items():
        if wanted and name not in wanted:
            continue
        kind = type(make())
        for attribute in sorted(set(dir(kind)) - METHODS_LEFT_OUT):
            if callable(getattr(kind, attribute, None)):
                try:
                    getattr(make(), attribute)
                except Exception:
                    continue
                write(file, f"{name}().{attribute}", lambda: getattr(make(), attribute))
                if attribute in vars(kind):
                    for arguments in (), (None,), (object(), 1):
                        text = ", ".join(map(show, arguments))
                        file.write(f"{name}.{attribute}({text})\t{outcome(getattr(kind, attribute), arguments, {})}\n")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), sys.argv[2:])
