"""What tests that are not about the C API take from CPython's _testcapi, an extension module.

The sizes of C's types and ways to reach what the interpreter prints; tests/native/testcapi.c runs this in its
module and has what must be C. A test of the C API itself finds nothing here: it is named in
tests/cpython/exceptions.txt.
"""
import codecs
import struct as _struct
import sys as _sys
import types as _types


def _bounds(name, size):
    limit = 1 << 8 * size - 1
    globals()[f"{name}_MIN"], globals()[f"{name}_MAX"] = -limit, limit - 1


for _name, _format in ("CHAR", "b"), ("SHRT", "h"), ("INT", "i"), ("LONG", "l"), ("LLONG", "q"), ("PY_SSIZE_T", "n"):
    _bounds(_name, _struct.calcsize(_format))
for _name, _format in ("UCHAR", "B"), ("USHRT", "H"), ("UINT", "I"), ("ULONG", "L"), ("ULLONG", "Q"):
    globals()[f"{_name}_MAX"] = (1 << 8 * _struct.calcsize(_format)) - 1
SIZEOF_TIME_T = 8
FLT_MIN, FLT_MAX = 2.0 ** -126, (2.0 - 2.0 ** -23) * 2.0 ** 127
DBL_MIN, DBL_MAX = _sys.float_info.min, _sys.float_info.max
WITH_PYMALLOC = True
Py_Version = _sys.hexversion


class error(Exception):
    pass


# Exceptions and what is printed of them.

def exception_print(value, legacy=False):
    _sys.__excepthook__(type(value), value, getattr(value, "__traceback__", None))

def traceback_print(traceback, file):
    """What sys.__excepthook__ prints, without the exception's own line."""
    if not isinstance(traceback, _types.TracebackType):
        raise TypeError("a traceback is required")
    import io
    saved, _sys.stderr = _sys.stderr, io.StringIO()
    try:
        _sys.__excepthook__(KeyboardInterrupt, KeyboardInterrupt(), traceback)
        text = _sys.stderr.getvalue()
    finally:
        _sys.stderr = saved
    file.write(text[:text.rindex("KeyboardInterrupt")])

def make_exception_with_doc(name, doc=None, base=None, dict=None):
    if base is None:
        base = Exception
    module, _, short = name.rpartition(".")
    if not module:
        raise SystemError("PyErr_NewException: name must be module.class")
    namespace = {**(dict or {}), "__module__": module}
    if doc is not None:
        namespace["__doc__"] = doc
    return type(short, base if isinstance(base, tuple) else (base,), namespace)


# Odds and ends.

def pymem_getallocatorsname():
    """What the real one says of allocators that it does not know."""
    raise RuntimeError("cannot get allocators name")

def call_in_temporary_c_thread(callback, wait=True):
    """A thread that `threading` knows nothing of; join_temporary_c_thread waits for it later."""
    import _thread
    done = _thread.allocate_lock()
    _running.append(done)
    done.acquire()
    def run():
        try:
            callback()
        finally:
            done.release()
    _thread.start_new_thread(run, ())
    if wait:
        join_temporary_c_thread()

def join_temporary_c_thread():
    _running.pop().acquire()

_running = []

def pymarshal_write_object_to_file(value, filename, version):
    import marshal
    with open(filename, "wb") as stream:
        marshal.dump(value, stream, version)

def pymarshal_read_object_from_file(filename):
    import marshal
    with open(filename, "rb") as stream:
        return marshal.load(stream), stream.tell()

def pymarshal_read_last_object_from_file(filename):
    return pymarshal_read_object_from_file(filename)

# A number alone is what follows the letter of its type in marshal's data.

def pymarshal_write_long_to_file(value, filename, version):
    import marshal
    with open(filename, "wb") as stream:
        stream.write(marshal.dumps(value, version)[1:5])

def pymarshal_read_long_from_file(filename):
    import marshal
    with open(filename, "rb") as stream:
        return marshal.loads(b"i" + stream.read(4)), stream.tell()

def pymarshal_read_short_from_file(filename):
    """The digits of a long int are shorts; of one digit the sign is that of the count before it."""
    import marshal
    with open(filename, "rb") as stream:
        data = stream.read(2)
        if data[1:] >= b"\x80":
            raise NotImplementedError("a short that is no digit")
        return marshal.loads(b"l\1\0\0\0" + data), stream.tell()

def unicode_legacy_string(text):
    """A text made from an array of wchar_t. What CPython's deprecated functions leave to be done later is done."""
    return text.encode("utf-32-le", "surrogatepass").decode("utf-32-le", "surrogatepass")

def PyBuffer_SizeFromFormat(format):
    return _struct.calcsize(format)

def code_newempty(filename, name, firstlineno):
    """A code object that raises when it is run, and that has no line for it but its first."""
    def raises(): assert 0
    return raises.__code__.replace(co_filename=filename, co_name=name, co_qualname=name, co_firstlineno=firstlineno)

def codec_incrementalencoder(encoding, errors="strict"):
    return codecs.getincrementalencoder(encoding)(errors)

def codec_incrementaldecoder(encoding, errors="strict"):
    return codecs.getincrementaldecoder(encoding)(errors)

def sequence_getitem(sequence, index):
    if index < 0:
        index += len(sequence)
        if index < 0:
            raise IndexError("index out of range")
    return sequence[index]

def sequence_setitem(sequence, index, value):
    sequence[index] = value

def float_pack(size, value, little):
    return _struct.pack(("<" if little else ">") + {2: "e", 4: "f", 8: "d"}[size], value)

def float_unpack(data, little):
    return _struct.unpack(("<" if little else ">") + {2: "e", 4: "f", 8: "d"}[len(data)], data)[0]

def W_STOPCODE(signal):
    return signal << 8 | 0x7F
