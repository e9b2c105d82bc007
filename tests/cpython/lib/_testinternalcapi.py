"""What tests ask of CPython's _testinternalcapi, an extension module that reaches into the interpreter.

Only what has an answer that Python code can find out; the rest is not there, and the tests that need it are
named in tests/cpython/exceptions.txt.
"""
import os
import posix
import sys

# sys.getsizeof counts it for every type that the collector knows (16 bytes in front of the object).
SIZEOF_PYGC_HEAD = 16


def get_recursion_depth():
    """The number of Python frames below and including the caller's."""
    frame, depth = sys._getframe(1), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def get_config():
    """The settings of the running interpreter, under the names that PyConfig gives them."""
    flags = sys.flags
    use_environment = not flags.ignore_environment
    return {
        "isolated": flags.isolated,
        "use_environment": int(use_environment),
        "dev_mode": int(flags.dev_mode),
        "code_debug_ranges": int((lambda: 0).__code__.co_linetable != b"" and not (
            "no_debug_ranges" in sys._xoptions or use_environment and "PYTHONNODEBUGRANGES" in os.environ)),
        "filesystem_encoding": sys.getfilesystemencoding(),
        "filesystem_errors": sys.getfilesystemencodeerrors(),
        "pycache_prefix": sys.pycache_prefix,
        "argv": list(sys.argv),
        "orig_argv": list(sys.orig_argv),
        "xoptions": [k if v is True else f"{k}={v}" for k, v in sys._xoptions.items()],
        "warnoptions": list(sys.warnoptions),
        "module_search_paths": list(sys.path),
        "stdlib_dir": sys._stdlib_dir,
        "executable": sys.executable,
        "base_executable": sys._base_executable,
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "exec_prefix": sys.exec_prefix,
        "base_exec_prefix": sys.base_exec_prefix,
        "platlibdir": sys.platlibdir,
        "site_import": int(not flags.no_site),
        "bytes_warning": flags.bytes_warning,
        "warn_default_encoding": flags.warn_default_encoding,
        "inspect": flags.inspect,
        "interactive": flags.interactive,
        "optimization_level": flags.optimize,
        "parser_debug": flags.debug,
        "write_bytecode": int(not flags.dont_write_bytecode),
        "verbose": flags.verbose,
        "quiet": flags.quiet,
        "user_site_directory": int(not flags.no_user_site),
        "safe_path": int(flags.safe_path),
    }


def normalize_path(path):
    if "\0" in path:
        raise ValueError("embedded null character")
    return posix._path_normpath(path)


def _handler(errors):
    if errors not in ("strict", "surrogateescape", "surrogatepass"):
        raise ValueError("unsupported error handler")
    return errors


def EncodeLocaleEx(text, current_locale=0, errors="strict"):
    try:
        return text.encode(sys.getfilesystemencoding(), _handler(errors))
    except UnicodeEncodeError as error:
        raise RuntimeError(f"encode error: pos={error.start}, reason={error.reason}") from None


def DecodeLocaleEx(data, current_locale=0, errors="strict"):
    try:
        return data.decode(sys.getfilesystemencoding(), _handler(errors))
    except UnicodeDecodeError as error:
        raise RuntimeError(f"decode error: {error.reason}") from None
