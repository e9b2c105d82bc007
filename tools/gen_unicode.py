"""Writes the Unicode tables as C, from python3.11's own unicodedata, _sre and str methods.

Usage: gen_unicode.py NAME_ALIASES OUTPUT.c     (run by the build with the oracle python)

The layout of every table is described in src/objects/unicode_data.h. Everything is read from the
running interpreter, so that the tables are the oracle's (Unicode 14.0 and the deltas to 3.2); only
the names that cannot be enumerated there (aliases and named sequences) come from a list, of which
each entry is checked.
"""
import sys
import unicodedata
import _sre

LIMIT = 0x110000
SHIFT = 7
BLOCK = 1 << SHIFT

(ALPHA, DECIMAL, DIGIT, NUMERIC, LOWER, UPPER, TITLE, SPACE, LINEBREAK, PRINTABLE, XID_START,
 XID_CONTINUE, CASED, CASE_IGNORABLE, SPECIAL, CASE_CHANGES) = (1 << i for i in range(16))


class Pool:
    """Distinct rows, numbered in the order in which they come."""

    def __init__(self):
        self.rows = []
        self.numbers = {}

    def add(self, row):
        number = self.numbers.get(row)
        if number is None:
            number = self.numbers[row] = len(self.rows)
            self.rows.append(row)
        return number


class TwoLevel:
    """Splits a list of LIMIT numbers into blocks that are stored once."""

    def __init__(self, values):
        self.first, self.second = [], []
        seen = {}
        for start in range(0, LIMIT, BLOCK):
            block = tuple(values[start:start + BLOCK])
            if block not in seen:
                seen[block] = len(self.second) >> SHIFT
                self.second += block
            self.first.append(seen[block])


def special_mappings(c):
    return c.upper(), c.lower(), c.title(), c.casefold()


def type_tables():
    records, specials = Pool(), [0]
    records.add((0, 0, 0, 0, 0, -1, -1))
    values = []
    for code in range(LIMIT):
        c = chr(code)
        category = unicodedata.category(c)
        flags = 0
        if category in ("Cn", "Co", "Cs"):
            values.append(records.add((PRINTABLE if c.isprintable() else 0, 0, 0, 0, 0, -1, -1)))
            continue
        for test, flag in ((c.isalpha(), ALPHA), (c.isdecimal(), DECIMAL), (c.isdigit(), DIGIT),
                           (c.isnumeric(), NUMERIC), (c.islower(), LOWER), (c.isupper(), UPPER),
                           (category == "Lt", TITLE), (c.isspace(), SPACE),
                           (len(("a" + c + "b").splitlines()) > 1, LINEBREAK),
                           (c.isprintable(), PRINTABLE), (c.isidentifier(), XID_START),
                           (("a" + c).isidentifier(), XID_CONTINUE)):
            if test:
                flags |= flag
        if flags & (LOWER | UPPER | TITLE):
            flags |= CASED
        # A capital sigma is final after a cased character, with case-ignorable ones between.
        if (c + "\u03a3").lower()[-1] == "\u03c3" and ("A" + c + "\u03a3").lower()[-1] == "\u03c2":
            flags |= CASE_IGNORABLE
        upper, lower, title, fold = special_mappings(c)
        simple_lower = _sre.unicode_tolower(code)
        simple_title = ord(title) if len(title) == 1 else code
        simple_upper = ord(upper) if len(upper) == 1 else simple_title
        if _sre.unicode_iscased(code):
            flags |= CASE_CHANGES
        special = 0
        if (upper, lower, title, fold) != (chr(simple_upper), chr(simple_lower), chr(simple_title),
                                           chr(simple_lower)) and code != 0x3a3:
            flags |= SPECIAL
            special = len(specials)
            specials.append(len(upper) | len(lower) << 4 | len(title) << 8 | len(fold) << 12)
            specials += map(ord, upper + lower + title + fold)
        values.append(records.add((flags, simple_upper - code, simple_lower - code,
                                   simple_title - code, special,
                                   unicodedata.decimal(c, -1), unicodedata.digit(c, -1))))
    return records.rows, specials, TwoLevel(values)


class Decompositions:
    def __init__(self):
        self.prefixes, self.words, self.seen = Pool(), [0], {"": 0}
        self.prefixes.add("")

    def add(self, text):
        if text not in self.seen:
            parts = text.split()
            prefix = parts.pop(0) if parts[0].startswith("<") else ""
            self.seen[text] = len(self.words)
            self.words.append(self.prefixes.add(prefix) << 8 | len(parts))
            self.words += (int(p, 16) for p in parts)
        return self.seen[text]


def database_tables(ucd, enums, numerics, decompositions):
    records, values, offsets = Pool(), [], []
    categories, bidirectionals, widths = enums
    records.add((categories.add("Cn"), bidirectionals.add(""), 0, widths.add("N"), 0, -1, -1,
                 numerics.add(None)))
    for code in range(LIMIT):
        c = chr(code)
        numeric = ucd.numeric(c, None)
        values.append(records.add((
            categories.add(ucd.category(c)), bidirectionals.add(ucd.bidirectional(c)),
            ucd.combining(c), widths.add(ucd.east_asian_width(c)), ucd.mirrored(c),
            ucd.decimal(c, -1), ucd.digit(c, -1), numerics.add(numeric))))
        offsets.append(decompositions.add(ucd.decomposition(c)))
    return records.rows, TwoLevel(values), TwoLevel(offsets)


def compositions():
    rows = []
    for code in range(LIMIT):
        text = unicodedata.decomposition(chr(code))
        if text and not text.startswith("<") and " " in text:
            first, second = (int(p, 16) for p in text.split())
            if unicodedata.normalize("NFC", chr(first) + chr(second)) == chr(code):
                rows.append((first, second, code))
    return sorted(rows)


def old_corrections():
    """Characters that 3.2 normalizes otherwise than their (later corrected) decompositions say."""
    rows, old = [], unicodedata.ucd_3_2_0
    for code in range(LIMIT):
        text = old.decomposition(chr(code))
        if text and not text.startswith("<") and " " not in text:
            normal = old.normalize("NFD", chr(code))
            if len(normal) == 1 and old.normalize("NFD", chr(int(text, 16))) != normal:
                rows.append((code, ord(normal)))
    return rows


def name_hash(name):
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 & 0xffffffff
    return value ^ value >> 15


def name_tables(extra):
    words, stream, offsets, named = Pool(), [0], [], []
    unified, hangul = [], []

    def encode(name):
        start = len(stream)
        stream.extend(words.add(w) for w in name.split(" "))
        stream[-1] |= 0x8000
        return start

    for code in range(LIMIT):
        name = unicodedata.name(chr(code), "")
        offset = 0
        if name.startswith("CJK UNIFIED IDEOGRAPH-"):
            if unified and unified[-1][1] == code - 1:
                unified[-1][1] = code
            else:
                unified.append([code, code])
        elif name and not name.startswith("HANGUL SYLLABLE "):
            offset = encode(name)
            named.append((name, code))
        offsets.append(offset)
    aliases = []
    for line in extra:
        name, codes = line.rstrip("\n").split(";")
        value = [int(code, 16) for code in codes.split()]
        try:
            if unicodedata.lookup(name) != "".join(map(chr, value)):
                continue
        except KeyError:
            continue
        if len(value) == 1 and unicodedata.name(chr(value[0]), "") == name:
            continue
        named.append((name, LIMIT + len(aliases)))
        aliases.append((encode(name), value))
    size = 1 << (2 * len(named)).bit_length() - 1
    if size < len(named) * 3 // 2:
        size *= 2
    table = [0xffffffff] * size
    for name, code in named:
        i = name_hash(name) & size - 1
        while table[i] != 0xffffffff:
            i = i + 1 & size - 1
        table[i] = code
    assert len(words.rows) < 0x8000
    return words.rows, stream, TwoLevel(offsets), table, unified, aliases


def write_array(out, declaration, numbers):
    out.write(f"{declaration} = {{\n")
    line = ""
    for number in numbers:
        text = f"{number},"
        if len(line) + len(text) > 99:
            out.write(line + "\n")
            line = ""
        line += text
    out.write(line + "\n};\n\n")


def write_two_level(out, name, table):
    write_array(out, f"const uint16_t {name}_index[]", table.first)
    kind = "uint16_t" if max(table.second) < 65536 else "uint32_t"
    assert kind == ("uint32_t" if name == "name" else "uint16_t"), name
    write_array(out, f"const {kind} {name}_values[]", table.second)


def write_rows(out, declaration, rows):
    out.write(f"{declaration} = {{\n")
    for row in rows:
        out.write("{" + ",".join(map(str, row)) + "},\n")
    out.write("};\n\n")


def write_strings(out, name, strings):
    out.write(f"const char *const {name}[] = {{\n")
    for s in strings:
        out.write(f'"{s}",\n')
    out.write("};\n\n")


def main(alias_path, output):
    with open(alias_path) as f:
        extra = [line for line in f if line.strip() and not line.startswith("#")]
    with open(output, "w") as out:
        out.write("// Generated by tools/gen_unicode.py from python3.11's Unicode database.\n"
                  '#include "objects/unicode_data.h"\n\n')
        rows, specials, table = type_tables()
        write_rows(out, "const CharRecord char_records[]", rows)
        write_array(out, "const uint32_t char_specials[]", specials)
        write_two_level(out, "char", table)

        enums = Pool(), Pool(), Pool()
        numerics, decompositions = Pool(), Decompositions()
        for name, ucd in (("ucd", unicodedata), ("ucd_old", unicodedata.ucd_3_2_0)):
            rows, table, offsets = database_tables(ucd, enums, numerics, decompositions)
            write_rows(out, f"const UcdRecord {name}_records[]", rows)
            write_two_level(out, name, table)
            write_two_level(out, f"{name}_decomposition", offsets)
        for name, pool in zip(("ucd_categories", "ucd_bidirectionals", "ucd_widths"), enums):
            write_strings(out, name, pool.rows)
        write_array(out, "const double ucd_numerics[]",
                    (repr(n) if n is not None else "0" for n in numerics.rows))
        write_array(out, "const uint32_t decomposition_words[]", decompositions.words)
        write_strings(out, "decomposition_prefixes", decompositions.prefixes.rows)
        rows = compositions()
        write_rows(out, "const Composition compositions[]", rows)
        out.write(f"const size_t composition_count = {len(rows)};\n\n")

        rows = old_corrections()
        write_rows(out, "const uint32_t old_corrections[][2]", rows)
        out.write(f"const size_t old_correction_count = {len(rows)};\n\n")

        words, stream, offsets, table, unified, aliases = name_tables(extra)
        write_strings(out, "name_words", words)
        write_array(out, "const uint16_t name_stream[]", stream)
        write_two_level(out, "name", offsets)
        write_array(out, "const uint32_t name_table[]", table)
        out.write(f"const uint32_t name_table_mask = {len(table) - 1};\n\n")
        write_rows(out, "const uint32_t unified_ideographs[][2]", unified)
        out.write(f"const size_t unified_ideograph_count = {len(unified)};\n\n")
        write_rows(out, "const NameAlias name_aliases[]",
                   [(start, len(value), "{" + ",".join(map(str, value)) + "}")
                    for start, value in aliases] or [(0, 0, "{0}")])


main(*sys.argv[1:])
