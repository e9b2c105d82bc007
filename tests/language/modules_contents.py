"""Built-in modules have python3.11's names: functions with its signatures and docs, types, constants."""
import importlib
import sys
import types

SKIPPED = {  # of the C API, of what is built in, of the running program
    ("sys", "_base_executable"), ("sys", "executable"), ("sys", "version"), ("sys", "_git"), ("sys", "hexversion"),
    ("sys", "api_version"), ("_heapq", "__about__"), ("_sha3", "implementation"), ("_sha3", "keccakopt"),
    ("_sha512", "SHA384Type"), ("posix", "environ")}
EXTENSIONS = {  # built in here, loaded from files there
    "_asyncio", "_contextvars", "_json", "_lsprof", "_multiprocessing", "_posixshmem", "_queue", "_opcode", "mmap",
    "resource", "termios", "_typing",
    "_testbuffer", "_testcapi", "_testinternalcapi"}
for name in sorted(set(sys.builtin_module_names) - EXTENSIONS):
    module = importlib.import_module(name)
    print(module, bool(module.__doc__))
    for key, value in sorted(vars(module).items()):
        if (name, key) in SKIPPED or key.endswith("CAPI"):
            continue
        facts = [type(value).__name__]
        if isinstance(value, types.BuiltinFunctionType):
            signature = value.__text_signature__
            facts += [value.__name__, value.__qualname__, value.__module__, signature and " ".join(signature.split()),
                      value.__doc__, type(value.__self__).__name__]
        elif isinstance(value, type):
            facts += [value.__name__, value.__qualname__, value.__module__, value.__doc__, value.__text_signature__]
        elif isinstance(value, (int, str, float)):
            facts.append(value)
        print("   ", name, key, *facts)
