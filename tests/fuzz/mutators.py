"""How inputs are changed where bytes are the wrong unit: one function a target, of the same name.

Each gets an input and a number and returns another input, which depends on nothing else. What it cannot make sense
of it may return as it is or broken; libFuzzer's own mutations work on the bytes, beside these.
"""
import marshal as marshal_module
import opcode
import random
import re as re_module

_TOKEN = re_module.compile(rb"[A-Za-z_]\w*|\d[\w.]*|\s*\n[ \t]*|[ \t]+|\"\"\"|'''|[-+*/<>=!@|&^:.]{2,3}|.", re_module.S)
_WORDS = """False None True and as assert async await break class continue def del elif else except finally for from global
if import in is lambda nonlocal not or pass raise return try while with yield match case _ print __class__ super self a b x
( ) [ ] { } , : ; . ... = := == != <= >= -> + - * ** / // % @ << >> & | ^ ~ += **= ' " ''' \"\"\" f' rb" # \\ \\N{DASH} {x!r:>{y}} 0 1 0x1f
1_0 1e5 2j 1.5 0o7 0b1 \u20ac \u00e9 __debug__ __future__ annotations""".split()
_PIECES = """
 x
pass
x = 1
x: int = 1
for i in x: pass
while x: break
else: pass
if x: y
elif x: y
with a as b, c: pass
async with a: pass
async for a in b: pass
def f(a, /, b=1, *c, d, **e) -> g: return
async def f(): await x
class A(B, metaclass=C): pass
try: pass
except E as e: pass
except* E: pass
finally: pass
match x:
case [a, *b] | {'k': v, **r} | A(b=1) if c: pass
case -1+2j | 'a' | None: pass
return *a, b
yield from x
yield
await x
raise x from y
global x
nonlocal x
del a, b[c], d.e
from . import (a as b,)
from __future__ import annotations
import a.b as c
@d
assert x, y
lambda *a, b=1, **c: x
[a for b in c if d async for e in f]
{a: b, **c}
{a, *b}
(a for b in c)
x[a:b:c, ..., d]
f(*a, b=c, **d)
f'{a!r:{b}} {{}} {c=}'
(x := 1)
a if b else c
not a
a < b is not c not in d
a = b = *c, d
a, *b = c
(a): b = c
a @= b
continue
break
""".strip("\n").split("\n")


def _changed(rng, parts, words, pieces=()):
    """A list of parts with some of them dropped, doubled, moved, replaced or put in."""
    parts = list(parts)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        way = rng.randrange(9)
        at = rng.randrange(len(parts) + 1)
        end = min(len(parts), at + rng.choice((1, 1, 1, 2, 4, 9)))
        if way < 3:
            parts[at:end if way else at] = [rng.choice(words)]
        elif way == 3 and pieces:
            parts[at:at] = [rng.choice(pieces)]
        elif way == 4:
            del parts[at:end]
        elif way == 5:
            parts[at:at] = parts[at:end] * rng.choice((1, 1, 2, 8))
        elif way == 6 and parts:
            here = rng.randrange(len(parts))
            parts[here:here] = parts[at:end]
        elif way == 7 and len(parts) > 1:
            a, b = rng.randrange(len(parts)), rng.randrange(len(parts))
            parts[a], parts[b] = parts[b], parts[a]
        elif pieces:  # a line, where lines begin
            lines = [i for i, part in enumerate(parts) if b"\n" in part]
            here = rng.choice(lines) + 1 if lines else 0
            parts[here:here] = [rng.choice(pieces), b"\n" + b" " * rng.choice((0, 0, 1, 1, 2))]
    return b"".join(parts)


_BYTE_WORDS = [b" " + word.encode() + b" " * (word.isalpha()) for word in _WORDS] + [b"\n", b"\n ", b"\n  ", b"\t", b" "]
_BYTE_PIECES = [piece.encode() for piece in _PIECES]


def compile(data, seed):
    """Tokens and statements."""
    return _changed(random.Random(seed), _TOKEN.findall(data), _BYTE_WORDS, _BYTE_PIECES)


parse = compile

_PATTERN = re_module.compile(rb"\\.|\[\^?\]?[^\]]*\]|\(\?P?[<>=!:#a-zA-Z-]*|[*+?]{1,2}|\{\d*,?\d*\}[?+]?|.", re_module.S)
_PATTERN_WORDS = [word.encode() for word in r"""( (?: (?P<n> (?= (?! (?<= (?<! (?> (?i: (?-i: (?i) (?x) (?(1) (?(n) (?P=n) (?#c) ) | * + ? *? +? ?? *+ ++ ?+
{2} {0,3} {2,} {1,2}? {1,2}+ {,2} ^ $ . \A \Z \b \B \d \D \s \S \w \W \1 \2 \0 \x41 \u20ac \N{DASH} \n [a-c] [^a] [\d_] [\w-] [^\s\S] [a\]b] []a]
a b c x A k \u017f \u0130 ab abc a|b (a|ab)(c|bcd) (a*)* (a+|b)*c (?:a?){3}""".split()]


def re(data, seed):
    """The parts of a pattern; flags and subject by chance."""
    rng = random.Random(seed)
    flags, rest = data[:1] or b"\0", data[1:]
    pattern, zero, subject = rest.partition(b"\0")
    if rng.random() < 0.2:
        flags = bytes([rng.randrange(256)])
    if rng.random() < 0.2:
        subject = bytes(rng.choice(b"abcxAk _\n1\xe9") for _ in range(rng.randrange(12)))
    return flags + _changed(rng, _PATTERN.findall(pattern), _PATTERN_WORDS) + (zero or b"\0") + subject


_XML = re_module.compile(rb"<[!?/]?[\w:.]*|&[#\w]*;?|[\w:]+=|[\"'][^\"']*[\"']|/?>|\]\]>|--|[^<>&\"'=]+|.", re_module.S)
_XML_WORDS = [word.encode() for word in """<a> </a> <a/> <b:c xmlns:b='d'> </b:c> <![CDATA[ ]]> <!-- --> <?p i?> <!DOCTYPE a [ <!ENTITY e 'f'> <!ENTITY % g 'h'>
%g; <!ELEMENT a (b|c)*> <!ATTLIST a b CDATA #IMPLIED> <!NOTATION n SYSTEM 's'> ]> &e; &lt; &#65; &#x110000; xml:lang='x' a='b'
<?xml version='1.0' encoding='utf-16'?> <?xml version='1.0' encoding='latin-1' standalone='yes'?> \u20ac \x01 \uffff""".split(" ")]


def xml(data, seed):
    """Tags, entities, attributes."""
    return _changed(random.Random(seed), _XML.findall(data), _XML_WORDS)


_JSON = re_module.compile(rb"\"(?:\\.|[^\"\\])*\"?|[-+.\w]+|\s+|.", re_module.S)
_JSON_WORDS = [word.encode() for word in r'''{ } [ ] , : "" "a" "\u20ac" "\ud800" "\\" "\n" -0 1 1.5 -1e400 1E-7 123456789012345678901 NaN -Infinity
null true false {"a":1} [[],{}] "a":'''.split()] + [b"\t", b"\n", b'"\\u', b'"\xe9']


def json(data, seed):
    """Values, names, brackets."""
    return _changed(random.Random(seed), _JSON.findall(data), _JSON_WORDS)


_OPCODES = sorted(set(opcode.opmap.values()))


def _instructions(rng, code):
    """Bytecode with some instructions changed, dropped, doubled or put in."""
    parts = [code[i:i + 2] for i in range(0, len(code), 2)]
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(parts) + 1)
        new = bytes([rng.choice(_OPCODES), rng.choice((0, 0, 1, 1, 2, 3, 4, 7, 20, 255, rng.randrange(256)))])
        way = rng.randrange(6)
        if way == 0:
            parts[at:at + 1] = [new]
        elif way == 1:
            parts[at:at] = [new]
        elif way == 2:
            del parts[at:at + rng.choice((1, 1, 2, 3))]
        elif way == 3 and at < len(parts):
            parts[at] = parts[at][:1] + new[1:]
        elif way == 4 and at < len(parts):
            parts[at] = new[:1] + parts[at][1:]
        else:
            parts[at:at] = parts[rng.randrange(len(parts) + 1):][:rng.randrange(6)]
    return b"".join(parts)


_INSERTED = (None, True, ..., 0, -1, 2**31, 2**63, 10**30, 1.5, 1j, "", "a", "\u20ac", "\ud800", b"", b"\0\1", (), (1, "a"), frozenset((1,)),
             StopIteration, [1], {1: 2}, {1})


def damaged_code(rng, code):
    """A code object with one to eight fields changed; raises what `code.replace` raises for it."""
    changes = {}
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        way = rng.randrange(14)
        if way < 5:
            changes["co_code"] = _instructions(rng, changes.get("co_code", code.co_code))
        elif way == 5:
            consts = list(code.co_consts) or [None]
            consts[rng.randrange(len(consts))] = rng.choice(_INSERTED)
            changes["co_consts"] = tuple(consts[:rng.choice((9, 9, 1))])
        elif way == 6:
            consts = list(code.co_consts)
            inner = [i for i, value in enumerate(consts) if isinstance(value, type(code))]
            if inner:
                at = rng.choice(inner)
                consts[at] = damaged_code(rng, consts[at])
                changes["co_consts"] = tuple(consts)
        elif way == 7:
            changes["co_names"] = tuple(rng.sample(code.co_names, len(code.co_names)))[rng.randrange(2):]
        elif way == 8:
            name = rng.choice(("co_varnames", "co_freevars", "co_cellvars"))
            changes[name] = (getattr(code, name) + ("q", "a")[:rng.randrange(3)])[rng.randrange(2):]
            if name == "co_varnames":
                changes["co_nlocals"] = len(changes[name])
        elif way == 9:
            changes["co_stacksize"] = max(0, code.co_stacksize + rng.choice((-3, -1, 1, 5, 1000)))
        elif way == 10:
            changes["co_flags"] = code.co_flags ^ 1 << rng.randrange(10)
        elif way == 11:
            name = rng.choice(("co_argcount", "co_kwonlyargcount", "co_posonlyargcount"))
            changes[name] = max(0, getattr(code, name) + rng.choice((-1, 1, 2)))
        else:
            name = ("co_exceptiontable", "co_linetable")[way - 12]
            table = bytearray(getattr(code, name) or b"\x80\1\2\3")
            for _ in range(rng.randrange(1, 4)):
                table[rng.randrange(len(table))] = rng.choice((0, 1, 2, 0x41, 0x80, 0xff, rng.randrange(256)))
            changes[name] = bytes(table)[:rng.choice((99, 99, 3))]
    return code.replace(**changes)


def _changed_value(rng, value, depth=0):
    if isinstance(value, type(compile.__code__)):
        return damaged_code(rng, value)
    if depth < 4 and value and rng.random() < 0.8:
        if isinstance(value, (tuple, list)):
            items = list(value)
            at = rng.randrange(len(items))
            items[at] = _changed_value(rng, items[at], depth + 1)
            if rng.random() < 0.2:
                items *= 2
            return type(value)(items)
        if isinstance(value, dict):
            return value | {rng.choice(("a", 1, None)): _changed_value(rng, 1, depth + 1)}
        if isinstance(value, (str, bytes)):
            at = rng.randrange(len(value))
            return value[:at] + value[at + rng.randrange(3):] + value[:rng.randrange(4)]
    return rng.choice(_INSERTED)


def marshal(data, seed):
    """The objects that the data says: of code objects the instructions, tables, names, constants."""
    rng = random.Random(seed)
    try:
        value = marshal_module.loads(data)
        return marshal_module.dumps(_changed_value(rng, value), rng.choice((4, 4, 4, 2, 0)))
    except Exception:
        return data


code = marshal
