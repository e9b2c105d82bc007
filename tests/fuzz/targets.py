"""What is fuzzed: one function a target, which gets bytes. tests/fuzz/fuzz.c calls it for every input.

A function catches what its subject promises to raise for bad input. SystemError is never promised. Where there
are two implementations of one thing, the library's Python one says what the built-in one has to return.
"""
import ast
import codecs
import csv as csv_module
import dis
import functools
import gc
import io
import json as json_module
import json.decoder
import json.scanner
import marshal as marshal_module
import opcode
import pickle as pickle_module
import re as re_module
import signal
import struct as struct_module
import sys
import types
import zlib as zlib_module

LONG = 5  # seconds of processor time for an input of a `_watched` target, with all that finalizers do meanwhile
SECONDS = 0.05  # of processor time for what need not end; most of a fuzzer's time goes into the longest inputs


class TooLong(BaseException):
    pass


_times = [0]
_rest = [0]  # LONG while a target is watched: what the timer is set to when nothing is limited


def _too_long(*_):
    _times[0] += 1
    if _times[0] > 1:
        sys.settrace(None)
        forget_handlers(_limited.__code__)  # fuzz.c gives it: what is running cannot catch any more
    raise TooLong


signal.signal(signal.SIGVTALRM, _too_long)


def _timed(function, *arguments):
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, SECONDS)
    try:
        return function(*arguments)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, _rest[0], SECONDS)


def _limited(function, *arguments):
    """Calls the function; programs made by chance need not end, and may catch what should stop them."""
    _times[0] = 0
    try:
        return _timed(function, *arguments)
    except TooLong:
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, _rest[0], SECONDS)


def _watched(target):
    """For targets whose programs may leave damaged generators behind, with handlers that lead round without end: a finalizer
    closes them at any time, so that the timer is never off."""
    @functools.wraps(target)
    def run(data):
        _rest[0] = LONG
        _times[0] = 0
        signal.setitimer(signal.ITIMER_VIRTUAL, LONG, SECONDS)
        target(data)
    return run


def _outcome(function, *arguments):
    """The result, or the class of the exception."""
    try:
        return function(*arguments)
    except SystemError:
        raise
    except Exception as error:
        return type(error)


def _same(a, b):
    """Equality that takes a NaN for itself."""
    return repr(a) == repr(b)


def compile(data):
    """Source text: tokenizer, parser, symbol table, code generator, assembler."""
    import builtins
    try:
        builtins.compile(data, "fuzz", ("exec", "eval", "single")[len(data) % 3], dont_inherit=True,
                         optimize=len(data) // 3 % 3)
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        pass


def parse(data):
    """Source text to AST and back to text, which must mean the same."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        return
    try:
        text = ast.unparse(tree)
    except (RecursionError, ValueError):  # ValueError: what no literal can say
        return
    ast.dump(tree)
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        pass  # unparse is the library's, and has errors of its own


def _loaded(data):
    try:
        return marshal_module.loads(data)
    except (ValueError, EOFError, TypeError, MemoryError, OverflowError, SystemError):
        return None  # SystemError: what the parts of a code object have to be


_BUILTINS = {"len": len, "range": range, "ValueError": ValueError, "list": list, "print": len, "__build_class__": __build_class__}


def _run(function, *arguments):
    """Runs a damaged program."""
    try:
        return _limited(function, *arguments)
    except SystemError as error:
        # What the verifier says of damaged code, and what names without locals give in CPython as well.
        if not any(words in str(error) for words in ("bytecode", "opcode", "no locals", "bad BUILD_CONST_KEY_MAP", "ran out of the code")):
            raise
    except BaseException:
        pass
    finally:
        _limited(gc.collect, 0)  # closes what it left open while that can still be stopped


def _is_heavy(code):
    """2 ** 10 ** 9 and its like: nothing but memory."""
    heavy = {3, 5, 8, 16, 18, 21}  # BINARY_OP's numbers of <<, * and **
    operators = {code.co_code[i + 1] for i in range(0, len(code.co_code) - 1, 2) if code.co_code[i] == opcode.opmap["BINARY_OP"]}
    return bool(operators & heavy) and any(isinstance(value, int) and abs(value) > 1 << 16 for value in code.co_consts) or \
        any(_is_heavy(value) for value in code.co_consts if isinstance(value, types.CodeType))


@_watched
def marshal(data):
    """Marshalled data; a code object is run, since damaged bytecode has to be an error."""
    value = _loaded(data)
    if isinstance(value, types.CodeType) and not value.co_freevars and not _is_heavy(value):
        _run(exec, value, {"__builtins__": _BUILTINS})


def _jumping(seed):
    """A trace function that looks at everything and jumps now and then."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += 1
        if count < 300 and frame.f_code.co_filename != __file__:
            frame.f_trace_opcodes = True
            frame.f_locals, frame.f_lasti
            if count * seed % 5 == 1:
                frame.f_lineno += count * seed % 7 - 3
            return trace
    return trace


def _function(code):
    cells = tuple(types.CellType(value) for value in (1, "a", [])[:len(code.co_freevars)] + (1,) * (len(code.co_freevars) - 3))
    return types.FunctionType(code, {"__builtins__": _BUILTINS, "a": [1]}, "f", (1, "b"), cells)


def _called(function, *arguments):
    """A generator, coroutine or asynchronous generator goes through its steps."""
    result = function(*arguments)
    for method in ("send", "asend", "throw", "athrow", "close", "aclose"):
        if hasattr(result, method):
            value = getattr(result, method)(*{"send": (None,), "asend": (None,), "throw": (ValueError,), "athrow": (ValueError,)}.get(method, ()))
            if method[0] == "a":
                value.send(None)


@_watched
def code(data):
    """A marshalled code object, called with arguments, stepped through, traced with jumps, disassembled, assigned."""
    value = _loaded(data)
    if not isinstance(value, types.CodeType) or _is_heavy(value):
        return
    function, seed = _outcome(_function, value), sum(data)
    if isinstance(function, type):
        return
    _run(_called, function, *(1, [2], 3)[:seed % 4])
    way = seed // 4 % 4
    if way == 0:
        sys.settrace(_jumping(seed))
        try:
            _run(_called, function, 1)
        finally:
            sys.settrace(None)
    elif way == 1:
        other = _outcome(_function, value.replace(co_name="other"))
        if not isinstance(other, type):
            other.__code__ = value
            _run(other, 1)
    elif way == 2:
        _outcome(lambda: (list(value.co_lines()), list(value.co_positions()), repr(value), hash(value), value == value.replace()))
        _run(lambda: dis.dis(value, file=io.StringIO(), depth=1))  # an exception table may cover millions
    else:
        _run(lambda: exec(value, {"__builtins__": _BUILTINS}, {}))


class _PythonDecoder(json_module.JSONDecoder):
    def __init__(self):
        super().__init__()
        self.parse_string = json_module.decoder.py_scanstring
        self.scan_once = json_module.scanner.py_make_scanner(self)


def json(data):
    """JSON text, against the library's decoder in Python."""
    text = data.decode("utf-8", "surrogatepass" if len(data) % 2 else "replace") if _is_text(data) else data.decode("latin-1")
    found = _outcome(json_module.loads, text)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 2 * len(text))  # the Python version calls two functions where the other calls one
    expected = _outcome(_PythonDecoder().decode, text)
    sys.setrecursionlimit(limit)
    # The Python version reads escapes by int(), which takes more than four hexadecimal digits of ASCII.
    if not re_module.search(r"\\u(?![0-9a-fA-F]{4})", text):
        assert _same(found, expected), (found, expected)
    if not isinstance(found, type):
        again = json_module.dumps(found, indent=len(data) % 4 or None, sort_keys=bool(len(data) % 3))
        assert _same(json_module.loads(again), found) or isinstance(found, dict) or "{" in text, again


def _is_text(data):
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


class _Unpickler(pickle_module.Unpickler):
    allowed = {("builtins", "set"), ("builtins", "frozenset"), ("builtins", "complex"), ("builtins", "bytearray"),
               ("collections", "OrderedDict"), ("copyreg", "_reconstructor"), ("builtins", "object"),
               ("datetime", "datetime"), ("decimal", "Decimal"), ("_codecs", "encode")}

    def find_class(self, module, name):
        if (module, name) in self.allowed:
            return super().find_class(module, name)
        raise pickle_module.UnpicklingError(f"{module}.{name}")


def pickle(data):
    """Pickles, with a small choice of classes."""
    value = _outcome(_limited, _Unpickler(io.BytesIO(data), buffers=[b"x"]).load)
    for protocol in range(6):
        _outcome(pickle_module.dumps, value, protocol)


def csv(data):
    """CSV text with a dialect taken from the first bytes, and back."""
    text = data[4:].decode("utf-8", "replace")
    choice = data[:4].ljust(4, b"\0")
    options = {"delimiter": ",;\t| "[choice[0] % 5], "quotechar": "\"'"[choice[1] % 2], "quoting": choice[2] % 4,
               "strict": bool(choice[3] & 1), "doublequote": bool(choice[3] & 2),
               "skipinitialspace": bool(choice[3] & 4), "escapechar": "\\" if choice[3] & 8 else None}
    rows = _outcome(lambda: list(csv_module.reader(io.StringIO(text, newline=""), **options)))
    if isinstance(rows, list):
        _outcome(csv_module.writer(io.StringIO(), **options).writerows, rows)


def struct(data):
    """A format, a zero byte, data."""
    form, _, rest = data.partition(b"\0")
    size = _outcome(struct_module.calcsize, form)
    if not isinstance(size, int) or size > 1 << 12:
        return
    values = _outcome(struct_module.unpack_from, form, rest.ljust(size, b"\0"))
    if isinstance(values, tuple):
        struct_module.pack(form, *values)
    if size:
        _outcome(lambda: list(struct_module.iter_unpack(form, rest[:len(rest) // size * size])))


def zlib(data):
    """Compressed streams in pieces, with every window."""
    if not data:
        return
    bits = (15, -15, 31, 47, 9, -9)[data[0] % 6]
    unpack = zlib_module.decompressobj(bits)
    def work():
        out = unpack.decompress(data[1:40], 1000)
        out += unpack.decompress(unpack.unconsumed_tail + data[40:], 1 << 16)
        return out + unpack.copy().flush()[:1 << 20]
    _outcome(work)
    assert zlib_module.decompress(zlib_module.compress(data, data[0] % 10)) == data


def xml(data):
    """XML text through expat's handlers and ElementTree."""
    from xml.etree import ElementTree
    from xml.parsers import expat
    tree = _outcome(ElementTree.fromstring, data)
    if not isinstance(tree, type):
        _outcome(ElementTree.tostring, tree)
    parser = expat.ParserCreate(namespace_separator=" " if len(data) % 2 else None)
    seen = []
    for name in dir(parser):
        if name.endswith("Handler") and name != "ExternalEntityRefHandler":
            setattr(parser, name, lambda *a, name=name: (seen.append(name), 1)[1])
    def feed():
        for at in range(0, len(data), 17):
            parser.Parse(data[at:at + 17], at + 17 >= len(data))
    _outcome(feed)


def _python_datetime():
    import importlib.util
    spec = importlib.util.find_spec("datetime")
    saved = sys.modules.get("_datetime")
    sys.modules["_datetime"] = None
    try:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        if saved is None:
            del sys.modules["_datetime"]
        else:
            sys.modules["_datetime"] = saved
    return module


_datetimes = []


def datetime(data):
    """ISO texts, formats and arithmetic, against the library's Python version."""
    if not _datetimes:
        import datetime as builtin
        _datetimes.extend([builtin, _python_datetime()])
    text = data.decode("latin-1")
    numbers = (data * 8)[:7].ljust(7, b"\1")
    def work(module, kind):
        if kind < 3:
            return getattr(module, ("date", "time", "datetime")[kind]).fromisoformat(text).isoformat()
        delta = module.timedelta(numbers[0] - 128, numbers[1] * 300, numbers[2], numbers[3] - 7)
        when = module.datetime(1 + numbers[3] * 37, 1 + numbers[4] % 12, 1 + numbers[5] % 28, numbers[6] % 24)
        if kind == 3:
            return str(when + delta), str(when - when), delta.total_seconds(), str(delta * numbers[5] / 7)
        return when.strftime(text.replace("\0", "")[:50])
    for kind in {len(data) % 5, sum(data) % 5}:
        found, expected = (_outcome(work, module, kind) for module in _datetimes)
        # python3.11's built-in fromisoformat takes more forms than its Python version, which reads numbers by
        # int(), with all the signs, spaces and underscores that this takes.
        if kind < 3 and (isinstance(expected, type) or re_module.search(r"[^0-9:.,TZW-]|-\d?-|^-", text)):
            continue
        # It also splits digits anywhere: 2024022 is the 2nd of February to it, and 022424-20-0 a time with an offset of
        # twenty hours. What the built-in version has to take is what isoformat() gives.
        if kind < 3 and found is ValueError and text != expected:
            continue
        assert found == expected, (kind, found, expected)


def re(data):
    """A pattern with its flags, a zero byte, a text."""
    pattern, _, text = data[1:].partition(b"\0")
    flags = data[0] & (re_module.I | re_module.M | re_module.S | re_module.X | re_module.A) if data else 0
    pattern, text = pattern[:50], text[:30]
    for form, subject in ((pattern.decode("latin-1"), text.decode("latin-1")), (pattern, text)):
        regex = _outcome(re_module.compile, form, flags)
        if isinstance(regex, type):
            continue
        def work():
            for match in regex.finditer(subject):
                match.groups(), match.span(), match.lastgroup
            regex.split(subject), regex.sub(subject[:3], subject), regex.fullmatch(subject)
        _outcome(_limited, work)


CODECS = ("utf-8", "utf-16", "utf-16-le", "utf-32", "utf-7", "unicode_escape", "raw_unicode_escape", "ascii", "latin-1",
          "utf-8-sig", "cp1252", "idna", "punycode")
HANDLERS = ("strict", "replace", "ignore", "backslashreplace", "surrogateescape", "surrogatepass")


def codec(data):
    """Decoding and encoding with each error handler, whole and in pieces."""
    if len(data) < 2:
        return
    name, errors, rest = CODECS[data[0] % len(CODECS)], HANDLERS[data[1] % len(HANDLERS)], data[2:]
    text = _outcome(rest.decode, name, errors)
    if isinstance(text, str):
        _outcome(text.encode, name, errors)
        text.isidentifier(), text.casefold(), text.title(), text.splitlines(), repr(text)
    decoder = codecs.getincrementaldecoder(name)(errors)
    _outcome(lambda: [decoder.decode(rest[i:i + 1]) for i in range(len(rest))] + [decoder.decode(b"", True)])


def format(data):
    """Format specifications and %-formats for each kind of value."""
    text = data.decode("utf-8", "replace")
    if re_module.search(r"\d{4}|\*", text):
        return  # wide fields only cost memory
    values = (12345678901234567890, -7, 3.25, 1e300, float("nan"), 2 - 3j, "text", b"data", None, True)
    for value in values[sum(data) % 4::4]:
        _outcome(lambda: text % value)
        _outcome(lambda: text.format(value, value, name=value))
        _outcome(text.__class__.__format__, "text", text)
        _outcome(lambda: value.__format__(text))
        _outcome(lambda: data % value)
    _outcome(int, text, 0), _outcome(float, text), _outcome(complex, text), _outcome(bytes.fromhex, text)
