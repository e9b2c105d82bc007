"""gdb commands for Coluber. In gdb: `source tools/gdb/coluber.py` (works best with `make debug`).

  print object      an Object * prints as Python would print the value
  py-print ADDRESS  the same for an address or an expression
  py-bt             the Python frames of the current thread, innermost first
  py-locals [N]     the local variables of frame N of py-bt (0: the innermost)

Everything is read from memory: it works on core files, and while locks are held.
"""
import itertools

import gdb

DEPTH, ITEMS, CHARACTERS = 3, 12, 200


# Where the runtime's own meaning of a name that modules use, too, is known.
PLACES = {"Set": "set_empty_table", "Bytes": "bytes_from"}


def cast(value, name):
    function = gdb.lookup_global_symbol(PLACES[name]) if name in PLACES else None
    kind = gdb.lookup_type(name, function.symtab.static_block()) if function else gdb.lookup_type(name)
    return value.cast(kind.pointer())


def read(address, size):
    return gdb.selected_inferior().read_memory(int(address), size).tobytes()


def type_name(value):
    return cast(value, "Object")["type"].dereference()["name"].string()


def flags_of(value):
    return int(cast(value, "Object")["type"]["flags"])


TF = {"int": 24, "list": 25, "tuple": 26, "bytes": 27, "str": 28, "dict": 29, "exception": 30, "type": 31}


def has(value, kind):
    return flags_of(value) >> TF[kind] & 1


def text_of(value):
    """The str at `value` as a Python string."""
    s = cast(value, "Str")
    state, length = int(s["state"]), int(s["length"])
    kind = state >> 2 & 7
    if state & 32:
        start = int(value) + gdb.lookup_type("Str" if state & 64 else "CompactStr").sizeof
    else:
        start = int(cast(value, "LegacyStr")["data"])
    data = read(start, min(length, CHARACTERS) * kind)
    codec = {1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}[kind]
    return data.decode(codec, "surrogatepass" if kind > 1 else "strict") + ("..." if length > CHARACTERS else "")


def int_of(value):
    size = int(cast(value, "VarObject")["size"])
    digits = cast(value, "Int")["digits"]
    result = sum(int(digits[i]) << 30 * i for i in range(min(abs(size), 100)))
    return -result if size < 0 else result


def entries_of(value):
    table = cast(value, "Dict")["table"]
    for i in range(int(table["count"])):
        entry = table["entries"][i]
        if int(entry["key"]) and int(entry["value"]):
            yield entry["key"], entry["value"]


def members_of(value):
    table = cast(value, "Set")["table"]
    deleted = int(gdb.parse_and_eval("&set_dummy"))
    for i in range(int(table["mask"]) + 1):
        key = table["entries"][i]["key"]
        if int(key) not in (0, deleted):
            yield key


def attributes_of(value):
    """Names and values of an instance whose shape says where they lie; of one with a real dict, what is in it."""
    offset = int(cast(value, "Object")["type"]["info"]["inline_offset"])
    if not offset:
        return
    place = int(value) + offset
    word = int.from_bytes(read(place, 8), "little")
    if not word & 1:
        if word:
            yield from entries_of(gdb.Value(word).cast(gdb.lookup_type("Object").pointer()))
        return
    shape = cast(gdb.Value(word - 1), "Shape")
    names, removed = [], set()
    while int(shape) and int(shape["name"]):
        name = int(shape["name"])
        if shape["removes"]:
            removed.add(name)
        else:  # a name that was taken away later leaves its slot empty
            names.append(None if name in removed else shape["name"])
            removed.discard(name)
        shape = shape["parent"]
    slot = gdb.lookup_type("Object").pointer().pointer()
    at, left, size = place + 16, int(cast(gdb.Value(word - 1), "Shape")["inline_count"]), 8
    link = place + 8
    for name in reversed(names):
        if not left:  # the next segment: the one behind it, then the slots
            link = int.from_bytes(read(link, 8), "little")
            at, left, size = link + 8, size, size * 2
        if name is not None:
            yield name, gdb.Value(at).cast(slot).dereference()
        at, left = at + 8, left - 1


def join(items, depth, total):
    shown = [show(item, depth - 1) for item in items]
    return ", ".join(shown) + (", ..." if total > len(shown) else "")


def first(items):
    return itertools.islice(items, ITEMS)


def show(value, depth=DEPTH):
    """The repr of the object that `value` points to, as far as it can be had without running anything."""
    if int(value) == 0:
        return "NULL"
    try:
        return show_known(value, depth)
    except gdb.MemoryError:
        return f"<bad address {int(value):#x}>"


def show_known(value, depth):
    name = type_name(value)
    if name in ("NoneType", "ellipsis", "NotImplementedType"):
        return {"NoneType": "None", "ellipsis": "Ellipsis"}.get(name, "NotImplemented")
    if name == "bool":
        return "True" if int_of(value) else "False"
    if has(value, "int"):
        return str(int_of(value))
    if name == "float":
        return repr(float(cast(value, "Float")["value"]))
    if has(value, "str"):
        return repr(text_of(value))
    if has(value, "bytes"):
        size = int(cast(value, "VarObject")["size"])
        return repr(read(cast(value, "Bytes")["data"].address, min(size, CHARACTERS)))
    if has(value, "type"):
        return f"<class {cast(value, 'Type')['name'].string()!r}>"
    if depth > 0 and (has(value, "tuple") or has(value, "list")):
        size = int(cast(value, "VarObject")["size"])
        items = cast(value, "Tuple" if has(value, "tuple") else "List")["items"]
        inner = join((items[i] for i in range(min(size, ITEMS))), depth, size)
        return f"[{inner}]" if has(value, "list") else f"({inner},)" if size == 1 else f"({inner})"
    if depth > 0 and has(value, "dict"):
        pairs = [f"{show(key, depth - 1)}: {show(item, depth - 1)}" for key, item in first(entries_of(value))]
        return "{" + ", ".join(pairs + ["..."] * (len(pairs) == ITEMS)) + "}"
    if depth > 0 and name in ("set", "frozenset"):
        inner = join(first(members_of(value)), depth, int(cast(value, "Set")["used"]))
        return "{" + inner + "}" if name == "set" and inner else f"{name}({{{inner}}})" if inner else f"{name}()"
    if has(value, "exception"):
        return f"{name.rpartition('.')[2]}{show(cast(value, 'BaseException')['args'], depth)}"
    if name == "module":
        names = [show(item, 0) for key, item in entries_of(cast(value, "Module")["dict"]) if text_of(key) == "__name__"]
        return f"<module {names[0] if names else '?'}>"
    if name == "function":
        return f"<function {text_of(cast(value, 'Function')['qualname'])}>"
    if name == "code":
        code = cast(value, "Code")
        return f"<code {text_of(code['qualname'])}, {text_of(code['filename'])}:{int(code['firstlineno'])}>"
    pairs = [f"{text_of(key)}={show(item, depth - 1)}" for key, item in first(attributes_of(value))] if depth > 0 else []
    pairs += ["..."] * (len(pairs) == ITEMS)
    return f"<{name} at {int(value):#x}{': ' * bool(pairs)}{', '.join(pairs)}>"


class ObjectPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return f"{int(self.value):#x} {show(self.value)}"


# Pointers to these print as Python values.
PRINTED = {"Object", "Str", "Int", "List", "Tuple", "Dict", "Bytes", "Float", "Function", "Code", "VarObject", "Set",
           "BaseException", "Module"}


def find_printer(value):
    kind = value.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_PTR and kind.target().unqualified().name in PRINTED:
        return ObjectPrinter(value)
    return None


def line_of(frame):
    """Decodes the location table as far as the instruction that the frame stands at."""
    code, twin = frame["code"].dereference(), frame["twin"]
    cell = frame["ip"].type.target().sizeof
    index = (int(frame["ip"]) - int(twin["cells"])) // cell
    if not 0 <= index <= int(twin["count"]) and int(twin["traced"]):
        index = (int(frame["ip"]) - int(twin["traced"])) // cell
    line = first = int(code["firstlineno"])
    if not 0 <= index < int(twin["count"]):
        return first
    wanted = int(twin["offsets"][index]) // 2
    table = cast(code["linetable"], "Bytes")
    data = read(table["data"].address, int(cast(code["linetable"], "VarObject")["size"]))
    at = unit = 0
    shown = first

    def varint():
        nonlocal at
        result = shift = 0
        while True:
            byte = data[at]
            at += 1
            result |= (byte & 63) << shift
            shift += 6
            if not byte & 64:
                return result
    while at < len(data):
        kind, length = data[at] >> 3 & 15, (data[at] & 7) + 1
        at += 1
        if kind in (13, 14):
            delta = varint()
            line += -(delta >> 1) if delta & 1 else delta >> 1
            if kind == 14:
                varint(), varint(), varint()
        elif kind >= 10 and kind != 15:
            line += kind - 10
            at += 2
        elif kind < 10:
            at += 1
        if kind != 15:
            shown = line
        if unit <= wanted < unit + length:
            return shown
        unit += length
    return shown


def python_frames():
    thread = gdb.parse_and_eval("thread_current")
    frame = thread["frame"] if int(thread) else None
    while frame is not None and int(frame):
        if not int(frame["flags"]) & 16:  # arguments are still being bound
            yield frame
        frame = frame["back"]


class PrintCommand(gdb.Command):
    """py-print ADDRESS-OR-EXPRESSION: the Python value there."""
    def __init__(self):
        super().__init__("py-print", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        print(show(cast(gdb.parse_and_eval(argument), "Object")))


class BacktraceCommand(gdb.Command):
    """py-bt: the Python frames of the current thread, innermost first."""
    def __init__(self):
        super().__init__("py-bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for number, frame in enumerate(python_frames()):
            code = frame["code"]
            print(f"#{number} {text_of(code['qualname'])} ({text_of(code['filename'])}:{line_of(frame)})")


class LocalsCommand(gdb.Command):
    """py-locals [N]: the local variables of Python frame N (0: the innermost)."""
    def __init__(self):
        super().__init__("py-locals", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        wanted = int(argument or 0)
        for number, frame in enumerate(python_frames()):
            if number == wanted:
                names = cast(frame["code"]["localsplusnames"], "Tuple")["items"]
                for i in range(int(frame["code"]["nlocalsplus"])):
                    print(f"{text_of(names[i])} = {show(frame['locals'][i])}")
                return
        print("no such frame")


gdb.pretty_printers.append(find_printer)
PrintCommand()
BacktraceCommand()
LocalsCommand()
