"""Writes what a program can see of the standard library from outside, one JSON object a line.

Usage: dump.py FILE MISSING [MODULE ...]

A line is {"path": ..., and what is known of the thing there}: each module of the library with its submodules (or those
named), each name in it, each attribute of each class, and each class that object has among its subclasses at the end,
wherever its name can be found. Of a function: its kind, signature and doc string; of a class also its bases and flags;
of anything else its class and, where it is a plain constant, its value. The modules in MISSING (a,b,c) are not there
for either interpreter, so that both show what the library falls back to.
"""
import collections
import gc
import importlib
import inspect
import json
import os
import pkgutil
import re
import sys
import types
import warnings

# Modules that do something when they are imported, need a display, or are tests.
NOT_IMPORTED = re.compile(r"(antigravity|this|test|idlelib|turtle|turtledemo|tkinter|__main__|pip|setuptools|_distutils_hack|"
                          r"_(testcapi|testinternalcapi|testbuffer|testclinic|testimportmultiple|testmultiphase|xxtestfuzz|ctypes_test))$"
                          r"|.*\.(tests?|__main__|idle_test)(\.|$)")
ELSEWHERE = re.compile(r"__main__|pkg_resources|setuptools|_distutils_hack")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
# Of a class's flags, those that a program meets: whether attributes can be set, whether it can be a base, how it matches.
FLAGS = {"immutable": 1 << 8, "base": 1 << 10, "no instances": 1 << 7, "sequence": 1 << 5, "mapping": 1 << 6,
         "abstract": 1 << 20, "matches itself": 1 << 22}
PLAIN = (int, float, complex, str, bytes, bool, type(None))


def scrub(text):
    return ADDRESS.sub("0x", text)


def modules(missing):
    """Names of all modules of the library, packages before what is in them."""
    found = set(sys.builtin_module_names) | set(sys.stdlib_module_names)
    folder = os.path.dirname(os.__file__)
    for name in sorted(found):
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not NOT_IMPORTED.match(name):
            found |= {m.name for m in walk(path, name + ".")}
    found -= set(missing)
    return sorted(name for name in found if not NOT_IMPORTED.match(name.partition(".")[0]) and not NOT_IMPORTED.match(name))


def walk(path, prefix):
    for module in pkgutil.iter_modules([path], prefix):
        yield module
        if module.ispkg and not NOT_IMPORTED.match(module.name):
            yield from walk(os.path.join(path, module.name.rpartition(".")[2]), module.name + ".")


def constant(value):
    """The text of a value made of plain constants, else None."""
    if type(value) in PLAIN:
        return repr(value)
    if type(value) in (tuple, frozenset, list, set) and len(value) < 100 and all(type(v) in PLAIN for v in value):
        items = [repr(v) for v in value]
        return repr(items if type(value) in (tuple, list) else sorted(items))
    return None


def signature(value):
    try:
        return scrub(str(inspect.signature(value)))
    except Exception as error:
        return type(error).__name__


def text(value, name):
    """An attribute that is a text or None; anything else is a property's or a descriptor's business."""
    try:
        found = getattr(value, name, None)
    except Exception as error:
        return type(error).__name__
    return scrub(found) if isinstance(found, str) else None if found is None else type(found).__name__


def class_name(kind):
    return f"{kind.__module__}.{kind.__qualname__}"


class Dump:
    def __init__(self, file):
        self.file = file
        self.seen = {}  # id -> path; the classes themselves are kept alive by `keep`
        self.keep = []

    def write(self, path, **facts):
        print(json.dumps({"path": path} | facts), file=self.file)

    def callable(self, path, value, **facts):
        self.write(path, kind=class_name(type(value)), doc=text(value, "__doc__"), signature=signature(value),
                   text_signature=text(value, "__text_signature__"), qualname=text(value, "__qualname__"), **facts)

    def module(self, module, name):
        self.write(name, kind="module", doc=text(module, "__doc__"), names=sorted(n for n in dir(module) if isinstance(n, str)))
        for attribute in dir(module):
            try:
                value = getattr(module, attribute)
            except Exception as error:
                self.write(f"{name}.{attribute}", kind=type(error).__name__)
                continue
            self.value(f"{name}.{attribute}", value)

    def value(self, path, value):
        if isinstance(value, type):
            if id(value) in self.seen:
                self.write(path, kind="class", same_as=class_name(value))
            else:
                self.type(path, value)
        elif isinstance(value, types.ModuleType):
            self.write(path, kind="module", same_as=value.__name__)
        elif isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)) or callable(value):
            self.callable(path, value)
        else:
            facts = {"value": scrub(constant(value))} if constant(value) is not None else {}
            self.write(path, kind=class_name(type(value)), **facts)

    def type(self, path, kind):
        self.seen[id(kind)] = path
        self.keep.append(kind)
        self.write(path, kind="class", name=class_name(kind), doc=text(kind, "__doc__"), signature=signature(kind),
                   text_signature=text(kind, "__text_signature__"), bases=[class_name(b) for b in kind.__bases__],
                   names=sorted(n for n in type.__dir__(kind) if isinstance(n, str)),
                   flags=[name for name, bit in FLAGS.items() if kind.__flags__ & bit])
        for name, raw in list(vars(kind).items()):
            if isinstance(name, str):
                self.attribute(f"{path}:{name}", kind, name, raw)

    def attribute(self, path, kind, name, raw):
        if name in ("__dict__", "__weakref__", "__doc__", "__module__"):
            return
        if isinstance(raw, type):
            self.value(path, raw)
        elif isinstance(raw, (classmethod, staticmethod, types.ClassMethodDescriptorType)):
            self.callable(path, getattr(kind, name), raw=class_name(type(raw)))
        elif isinstance(raw, (property, types.GetSetDescriptorType, types.MemberDescriptorType)):
            self.write(path, kind=class_name(type(raw)), doc=text(raw, "__doc__"))
        else:
            self.value(path, raw)


def every_class(kind, found):
    for sub in type.__subclasses__(kind):
        if sub not in found:
            found.add(sub)
            every_class(sub, found)


class Missing:
    """Finds what is missing, first, and says so."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def main(file, missing, names):
    warnings.simplefilter("ignore")
    sys.meta_path.insert(0, Missing(missing.split(",")))
    sys.stdin.close()
    with open(file, "w") as output:
        dump = Dump(output)
        dump.keep.append(Dump)
        loaded = []
        for name in names or modules(missing.split(",")):
            try:
                loaded.append((importlib.import_module(name), name))
            except BaseException as error:
                dump.write(name, kind="cannot be imported: " + type(error).__name__)
        for module, name in loaded:
            dump.module(module, name)
        if names:
            return
        gc.collect()
        found = set()
        every_class(object, found)
        names = collections.Counter()
        for kind in sorted(found, key=lambda kind: (class_name(kind), sorted(map(str, vars(kind))))):
            if id(kind) not in dump.seen and not ELSEWHERE.match(kind.__module__):
                name = class_name(kind)
                names[name] += 1
                dump.type(f"class {name}" + (f" ({names[name]})" if names[name] > 1 else ""), kind)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
