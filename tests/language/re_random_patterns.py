# Random patterns on random texts: every way of searching, with bounds, groups and empty matches.
import random
import re
import warnings
import zlib

warnings.simplefilter("ignore")
source = random.Random(4)
letters = "aabbcx.\n 1_é\u0130\u0101ſK"
groups = 0


def charset():
    parts = ["a", "b", "c", "a-c", "\\d", "\\w", "\\s", "\\W", "\\S", "x", "é", "\u0100-\u0200", "0-9", "\n", "."]
    return "[" + source.choice(["", "^"]) + "".join(source.choice(parts) for _ in range(source.randrange(1, 4))) + "]"


def atom(depth):
    global groups
    kind = source.randrange(16)
    if kind < 6:
        return source.choice("aabbcx1_ é")
    if kind == 6:
        return "."
    if kind == 7:
        return charset()
    if kind == 8:
        return source.choice(["\\w", "\\d", "\\s", "\\W", "\\D", "\\S"])
    if kind == 9:
        return source.choice(["^", "$", "\\b", "\\B", "\\A", "\\Z"])
    if kind == 10 and groups:
        return "\\%d" % source.randrange(1, min(groups, 9) + 1)
    if depth <= 0:
        return source.choice("abc")
    if kind == 13:
        return source.choice(["(?<=", "(?<!"]) + source.choice(["a", "ab", "[ab]", "\\w", "a|b"]) + ")"
    openings = {11: ["(?:"], 12: ["(?=", "(?!"], 14: ["(?>", "(?i:", "(?s:", "(?a:"]}.get(kind, ["("])
    opening = source.choice(openings)
    groups += opening == "("
    return opening + alternatives(depth - 1) + ")"


def piece(depth):
    text = atom(depth)
    if source.random() < 0.4 and text not in ("^", "$", "\\b", "\\B", "\\A", "\\Z"):
        text += source.choice(["*", "+", "?", "{1,3}", "{2}", "{0,2}", "{2,}"]) + source.choice(["", "", "?", "+"])
    return text


def alternatives(depth):
    count = source.choice([1, 1, 1, 2, 3])
    return "|".join("".join(piece(depth) for _ in range(source.randrange(1, 5))) for _ in range(count))


for number in range(400):
    groups = 0
    pattern = alternatives(3)
    flags = source.choice([0, 0, 0, re.I, re.M, re.S, re.A, re.M | re.I])
    try:
        compiled = re.compile(pattern, flags)
    except re.error as error:
        print(number, error)
        continue
    found = []
    for _ in range(4):
        few = source.choice([letters, letters[:10], "ab", "abc\n"])
        text = "".join(source.choice(few) for _ in range(source.randrange(14)))
        bounds = source.choice([0, 0, 0, 1, 3]), source.choice([99, 99, 5, 8])
        for match in compiled.search(text, *bounds), compiled.match(text, *bounds), compiled.fullmatch(text, *bounds):
            found.append(match and (match.regs, match.lastindex))
        found += compiled.findall(text, *bounds), [m.regs for m in compiled.finditer(text)], compiled.split(text)
        found += compiled.sub("-", text), compiled.subn("<\\g<0>>", text, 2)
    print(number, zlib.crc32(repr(found).encode()))
