"""The dictionaries of built-in types name what python3.11's name, as objects of the same kinds."""
import builtins
import sys
import types

probes = [iter([]), iter(()), iter({}), {}.keys(), {}.items(), {}.values(), iter(""), iter("\u1234"), iter(b""),
          reversed([]), reversed({}), iter(range(3)), iter(range(10**20)), iter({1}), iter(int, 1), list[int],
          int | str, NotImplemented, ..., None, str.join, str.__init__, "".__init__, "".join, int.real,
          types.FunctionType.__code__, (i for i in ()), sys.flags, sys.version_info, sys.float_info,
          lambda: 0, (lambda: 0).__code__, sys._getframe(), sys, type.__dict__]
found = {v for v in vars(builtins).values() if isinstance(v, type)} | {type(p) for p in probes}
found = {t for t in found if t.__module__ in ("builtins", "types")}  # not the importer
for cls in sorted(found, key=lambda t: t.__qualname__):
    print(cls.__qualname__, [base.__name__ for base in cls.__mro__], cls.__dictoffset__ != 0)
    for name, value in sorted(vars(cls).items()):
        if isinstance(value, (types.GetSetDescriptorType, types.MemberDescriptorType)):
            print("   ", name, "field")
        elif name not in ("__instancecheck__", "__subclasscheck__"):  # UnionType's come through type's here
            print("   ", name, type(value).__name__, getattr(value, "__text_signature__", None))
