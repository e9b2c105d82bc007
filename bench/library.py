"""How fast the library written in C is on inputs of real size, beside python3.11.

Every line of CASES is a case: subject | name | statement | setup of its own. Each interpreter runs in one process for a subject, and both take
turns at each case: rounds of some milliseconds of processor time, the smallest counts. Printed are the ratio of a
case (above 1: faster than python3.11) and the geometric mean of a subject.

    bench/library.py build/coluber [--only subject,...] [--rounds 5] [--case text]
"""
import argparse
import json
import math
import subprocess
import sys
import time

ORACLE = "/usr/bin/python3.11"
ROUND = 0.02  # seconds

# What the cases of a subject have in common.
COMMON = {
    "json": """
import json
records = [{"id": i, "name": f"user {i}", "tags": ["a", "b", None], "score": i / 7, "active": i % 2 == 0,
            "address": {"street": f"{i} Main St", "city": "Berlin", "zip": str(10000 + i)}} for i in range(2000)]
text = json.dumps(records)
distinct = {f"key number {i}": i for i in range(50000)}
distinct_text = json.dumps(distinct)
cjk = ["\\u4e2d\\u6587\\u6587\\u672c\\u5904\\u7406" * 8 for i in range(1000)]
cjk_text, cjk_escaped = json.dumps(cjk, ensure_ascii=False), json.dumps(cjk)
prose = ['He said: "It\\'s here."\\n\\tThen he left; nobody knew why. ' * 4 for i in range(1500)]
prose_text = json.dumps(prose)
floats = [i * 1.1 for i in range(10000)]
floats_text = json.dumps(floats)
ints = list(range(0, 2000000, 100))
ints_text = json.dumps(ints)
nested = 1
for i in range(300): nested = [nested, {"a": nested if i % 60 == 0 else i}]
nested_text = json.dumps(nested)
pretty = json.dumps(records[:500], indent=2)
big = json.dumps([10 ** 40 + i for i in range(3000)])
small = '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}'
small_object = json.loads(small)
""",
    "pickle": """
import pickle, datetime, collections
class Point:
    def __init__(self, x, y): self.x, self.y = x, y
class Slots:
    __slots__ = "a", "b"
    def __init__(self, a, b): self.a, self.b = a, b
Named = collections.namedtuple("Named", "x y z")
import __main__
for c in Point, Slots, Named:
    c.__module__ = "__main__"; setattr(__main__, c.__name__, c)
records = [{"id": i, "name": f"user {i}", "tags": ["a", "b", None], "score": i / 7, "active": i % 2 == 0} for i in range(2000)]
points = [Point(i, float(i)) for i in range(3000)]
slots = [Slots(i, str(i)) for i in range(2000)]
named = [Named(i, i + 1, str(i)) for i in range(3000)]
ints, floats = list(range(0, 3000000, 100)), [i / 3 for i in range(30000)]
strings = [f"string number {i}" for i in range(20000)]
accents = [f"n\\xfcm\\xe9ro \\u4e2d {i}" for i in range(20000)]
tuples = [(i, i + 1, i + 2) for i in range(10000)]
distinct = {f"key {i}": i for i in range(20000)}
sets = [set(range(i, i + 10)) for i in range(1000)]
dates = [datetime.datetime(2020, 1, 1) + datetime.timedelta(hours=i) for i in range(3000)]
blob = [bytes(1000) for i in range(1000)]
big = [7 ** 50 + i for i in range(5000)]
def dumped(name, p=4): return pickle.dumps(globals()[name] if name in globals() else name, p)
""",
    "re": """
import re
log = "\\n".join(f'192.168.{i % 256}.{i * 7 % 256} - user{i % 50} [12/Mar/2024:{i % 24:02}:{i % 60:02}:{i * 7 % 60:02} +0000] '
                 f'"{("GET", "POST", "PUT")[i % 3]} /path/to/{i % 97}/page.html?id={i} HTTP/1.1" {(200, 404, 500)[i % 3]} {i * 37 % 10000}'
                 for i in range(2000))
lines = log.split("\\n")
html = "".join(f'<div class="item n{i}"><a href="http://example{i % 9}.org/p/{i}.html" title="No {i}">Link <b>{i}</b></a>'
               f'<p>Some text &amp; more, it&#39;s {i} words long.</p><!-- comment {i} --></div>\\n' for i in range(1500))
code = "".join(f"def function_{i}(self, a={i}, *args):\\n    '''Doc of {i}.'''\\n    x = a * {i}.5 + 0x{i:x}  # comment {i}\\n"
               f"    if x >= 10 and not self.flag: return 'text' + \\"more\\"\\n" for i in range(500))
text = ("It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
        "it was the epoch of belief; Sherlock Holmes and Dr. Watson were Huckleberry Finn's friends. ") * 300
dna = "".join("acgt"[(i * i + 3 * i + (i >> 3)) % 4] for i in range(100000))
mails = " ".join(f"user{i}@example{i % 7}.org, 2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(2500))
raw = log.encode()
greek = "\\u03b1\\u03b2\\u03b3 \\u03b4\\u03b5\\u03b6\\u03b7 \\u03b8\\u03b9 123, \\u03ba\\u03bb\\u03bc. " * 2000
line_pattern = re.compile(r'(\\S+) - (\\S+) \\[([^\\]]+)\\] "(\\w+) (\\S+) (\\S+)" (\\d+) (\\d+)')
named = re.compile(r'(?P<ip>[\\d.]+) - (?P<user>\\w+) \\[(?P<time>.*?)\\] "(?P<request>.*?)" (?P<status>\\d{3})')
token = re.compile(r"(?P<name>[A-Za-z_]\\w*)|(?P<number>0[xX][0-9a-f]+|\\d+(?:\\.\\d*)?)|(?P<string>'[^'\\\\n]*'|\\"[^\\"\\\\n]*\\")"
                   r"|(?P<op>[-+*/=<>!]=?|[():,.])|(?P<space>\\s+)|(?P<comment>#.*)")
""",
    "struct": """
import struct
data = bytes(range(256)) * 400
ints = list(range(1000))
record = struct.Struct("<IHhq10sd")
packed = record.pack(1, 2, -3, 4, b"abc", 5.5) * 1000
many = struct.Struct(">1000I")
buffer = bytearray(100000)
""",
    "csv": """
import csv, io
rows = [[str(i), f"name {i}", f"{i}.5", "plain text", ""] for i in range(3000)]
quoted = [[str(i), f'say "{i}", or', "two\\nlines"] for i in range(3000)]
mixed = [[i, f"name {i}", i / 4, None] for i in range(3000)]
def text(rows, **k):
    f = io.StringIO(); csv.writer(f, **k).writerows(rows); return f.getvalue()
plain_lines, quoted_lines = text(rows).splitlines(True), text(quoted).splitlines(True)
tabs = text(rows, delimiter="\\t").splitlines(True)
all_quoted = text(rows, quoting=csv.QUOTE_ALL).splitlines(True)
dicts = [dict(zip("abcde", r)) for r in rows]
numbers = ['1.5,2.5,"a"\\n'] * 3000
""",
    "zlib": """
import zlib, gzip, random
random.seed(1)
text = b"".join(b"%d: the quick brown fox jumps over %d lazy dogs\\n" % (i, i * i % 1000) for i in range(10000))
noise = random.randbytes(300000)
packed, packed_noise = zlib.compress(text), zlib.compress(noise)
pieces = [packed[i:i + 1000] for i in range(0, len(packed), 1000)]
zipped = gzip.compress(text)
def stream():
    d = zlib.decompressobj()
    return sum(len(d.decompress(p)) for p in pieces)
def stream_out():
    c = zlib.compressobj()
    return sum(len(c.compress(text[i:i + 4000])) for i in range(0, len(text), 4000)) + len(c.flush())
""",
    "hashlib": """
import hashlib, hmac
mega, kilo = bytes(range(256)) * 4096, bytes(1000)
parts = [b"part %d" % i for i in range(1000)]
def updates(name):
    h = hashlib.new(name)
    for p in parts: h.update(p)
    return h.hexdigest()
""",
    "datetime": """
from datetime import datetime, date, time, timedelta, timezone
moments = [datetime(2000 + i % 30, i % 12 + 1, i % 28 + 1, i % 24, i % 60, i * 7 % 60, i * 997 % 1000000) for i in range(1000)]
days = [m.date() for m in moments]
iso, plain = [m.isoformat() for m in moments], [str(d) for d in days]
aware = [m.replace(tzinfo=timezone.utc) for m in moments]
other = timezone(timedelta(hours=5, minutes=30))
deltas = [timedelta(seconds=i * 1000, microseconds=i) for i in range(1000)]
stamps = [m.timestamp() for m in moments]
hour = timedelta(hours=1)
""",
    "xml": """
import xml.etree.ElementTree as ET
root = ET.Element("root")
for i in range(1500):
    e = ET.SubElement(root, "item", {"id": str(i), "class": "c%d" % (i % 7)})
    ET.SubElement(e, "name").text = "name %d" % i
    d = ET.SubElement(e, "data"); d.text = "some text & more"; d.tail = "\\n"
text = ET.tostring(root)
tree = ET.ElementTree(root)
spaced = "<a xmlns='urn:x' xmlns:y='urn:y'>" + "".join(f"<y:b k='{i}'>t\\xe4xt {i}</y:b>" for i in range(2000)) + "</a>"
import io
def build():
    r = ET.Element("root")
    for i in range(1000): ET.SubElement(r, "item", id="1").text = "text"
    return r
def walk(e, n=0):
    for c in e: n += walk(c) + 1
    return n
""",
    "socket": """
import socket, select
a, b = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0))
c = socket.create_connection(server.getsockname()); d, _ = server.accept()
u, v = socket.socket(type=socket.SOCK_DGRAM), socket.socket(type=socket.SOCK_DGRAM)
u.bind(("127.0.0.1", 0)); v.bind(("127.0.0.1", 0)); to = v.getsockname()
kilo, large, buffer = bytes(1000), bytes(60000), bytearray(65536)
file = a.makefile("wb"); lines = b.makefile("rb")
def trip(a, b, data):
    for i in range(100):
        a.sendall(data); b.recv(65536); b.sendall(data); a.recv(65536)
def into(a, b, data):
    for i in range(100): a.sendall(data); b.recv_into(buffer)
def datagrams():
    for i in range(100): u.sendto(kilo, to); v.recvfrom(2000)
def by_lines():
    for i in range(100): file.write(b"hello world\\n"); file.flush(); lines.readline()
def polls():
    for i in range(100): select.select([a], [b], [], 0)
""",
    "sorted": """
import random, operator
random.seed(5)
ints = [random.randrange(10 ** 6) for i in range(20000)]
floats = [random.random() for i in range(20000)]
strings = [f"key {random.randrange(10 ** 6)}" for i in range(20000)]
common = [f"a/rather/long/common/prefix/{random.randrange(10 ** 6)}" for i in range(10000)]
accents = [s + "\\u4e2d" for s in strings[:10000]]
tuples = [(random.randrange(100), s) for s in strings[:10000]]
ordered, partly = sorted(ints), sorted(ints)[:19000] + ints[:1000]
runs, falling = ordered[5000:] + ordered[:5000] + ordered[::7], ordered[::-1]
mixed = [i if i % 2 else float(i) for i in ints[:10000]]
big = [i << 70 for i in ints[:10000]]
dicts = [{"k": i} for i in ints[:10000]]
class Item:
    def __init__(self, v): self.v = v
    def __lt__(self, other): return self.v < other.v
items = [Item(i) for i in ints[:3000]]
octets = [s.encode() for s in strings[:10000]]
""",
    "str": """
words = [f"word{i}" for i in range(10000)]
text = " ".join(words)
lines = "\\n".join("  The quick brown fox, jumped over line %d  " % i for i in range(3000))
line_list = lines.split("\\n")
cjk = "\\u4e2d\\u6587\\u6587\\u672c\\u5904\\u7406 and some text, " * 3000
latin = "caf\\xe9 na\\xefve stra\\xdfe " * 5000
emoji = "party \\U0001f389 time " * 3000
tabbed = "a\\tword\\tand more\\n" * 3000
cyrillic = "\\u041f\\u0440\\u0438\\u0432\\u0435\\u0442, \\u043c\\u0438\\u0440! \\u042d\\u0442\\u043e \\u0442\\u0435\\u043a\\u0441\\u0442. " * 2000
dashes = "na\\xefve caf\\xe9 \\u201cquotes\\u201d \\u2014 dash " * 2000
cyrillic_words, latin_words = cyrillic.split(), latin.split()
cyrillic_lines = ["  \\u041f\\u0440\\u0438\\u0432\\u0435\\u0442, \\u043c\\u0438\\u0440 %d  " % i for i in range(3000)]
latin_lines = ["  caf\\xe9 na\\xefve stra\\xdfe %d  " % i for i in range(3000)]
cyrillic_text, latin_text = "\\n".join(cyrillic_lines), "\\n".join(latin_lines)
utf8, cjk8, latin8 = text.encode(), cjk.encode(), latin.encode()
emoji8, cjk16 = emoji.encode(), cjk.encode("utf-16")
table = str.maketrans("aeiou", "AEIOU", "xyz")
numbers = list(range(5000))
floats = [i * 1.37 for i in range(5000)]
def append():
    x = ""
    for w in words: x += w
""",
    "bytes": """
data = b" ".join(b"word%d" % i for i in range(10000))
words = data.split()
every = bytes(range(256)) * 400
table = bytes.maketrans(b"aeiou", b"AEIOU")
hexed = every.hex()
view = memoryview(every)
buffer = bytearray(every)
def appended():
    b = bytearray()
    for i in range(5000): b.append(7)
def extended():
    b = bytearray()
    for w in words: b += w
""",
    "int": """
ints = list(range(-5000, 5000))
long = [3 ** 100 + i for i in range(2000)]
small_text, long_text = [str(i) for i in ints], [str(i) for i in long]
a, b, c = 3 ** 5000, 7 ** 3000, 3 ** 200
huge = 7 ** 20000
huge_text = "7" * 4000
def pi(n):
    r, q, t, k, m, x, out = 0, 1, 1, 1, 3, 3, []
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    while len(out) < n:
        if 4 * q + r - t < m * t:
            out.append(m); q, r, m = q * 10, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
        else:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
    return out
""",
    "float": """
import math
floats = [i * 1.1 for i in range(5000)]
tiny = [i * 1e-300 / 7 for i in range(5000)]
texts = [repr(x) for x in floats]
long_texts = [repr(x) for x in tiny]
integral = [float(i) for i in range(5000)]
""",
    "itertools": """
import itertools
from itertools import *
from operator import add
ints = list(range(10000))
pairs = [(i, i + 1) for i in ints]
words = ["abc", "de", "fghi"] * 1000
def drain(it, deque=__import__("collections").deque): deque(it, 0)
""",
    "functools": """
import functools, operator
ints = list(range(10000))
@functools.lru_cache(maxsize=128)
def cached(n): return n
@functools.lru_cache(maxsize=128)
def cached_two(a, b): return a
@functools.lru_cache(maxsize=None)
def unbounded(n): return n
def three(a, b, c): return a
part, part_kw, hexa = functools.partial(three, 1, 2), functools.partial(three, b=1, c=2), functools.partial(int, base=16)
hundred = [i % 100 for i in ints]
hexes = [hex(i) for i in range(2000)]
key = functools.cmp_to_key(lambda a, b: a - b)
@functools.singledispatch
def single(x): return x
""",
    "collections": """
from collections import *
from operator import itemgetter
ints = list(range(10000))
words = [f"w{i * i % 997}" for i in ints]
letters = "the quick brown fox jumps over the lazy dog" * 300
od = OrderedDict((w, i) for i, w in enumerate(words))
count = Counter(words); other = Counter(words[::3])
full = deque(ints)
P = namedtuple("P", "x y z")
p = P(1, 2, 3)
points = [P(i, i, i) for i in range(2000)]
chain = ChainMap({"a": 1}, dict.fromkeys(words, 1))
def fill():
    d = defaultdict(list)
    for w in words: d[w].append(w)
    return d
def counts():
    d = defaultdict(int)
    for w in words: d[w] += 1
    return d
def queue():
    d = deque()
    for i in ints: d.append(i)
    while d: d.popleft()
def window():
    d = deque(maxlen=20)
    for i in ints: d.append(i)
def move():
    for w in words: od.move_to_end(w)
""",
    "array": """
from array import array
ints = list(range(10000))
a, d, b = array("i", ints), array("d", ints), array("B", bytes(range(256)) * 40)
m, wide = memoryview(b), memoryview(a)
grid = memoryview(bytes(10000)).cast("B", (100, 100))
raw = a.tobytes()
def fill():
    x = array("i")
    for i in ints: x.append(i)
    return x
def store():
    for i in range(10000): a[i] = i
def indexed():
    s = 0
    for i in range(10000): s += m[i]
    return s
""",
    "heapq": """
import heapq, bisect, random
random.seed(3)
ints = [random.randrange(10 ** 6) for i in range(5000)]
floats = [float(i) for i in ints]
tuples = [(i, str(i)) for i in ints]
ordered = sorted(ints); by_float = sorted(floats); words = sorted(map(str, ints)); keys = ints[:2000]
parts = [sorted(ints[i::5]) for i in range(5)]
def work(data):
    h = []
    for x in data: heapq.heappush(h, x)
    return [heapq.heappop(h) for _ in range(len(h))]
def insort():
    l = []
    for x in ints: bisect.insort(l, x)
def positions(l, x):
    for k in x: bisect.bisect_left(l, k)
""",
    "math": """
import math
from math import *
floats = [i * 1.1 for i in range(5000)]
ints = list(range(1, 5001))
def calls():
    for x in floats: sqrt(x)
def by_name():
    for x in floats: math.sin(x)
def two():
    for x in floats: atan2(x, 2.0)
def floors():
    for x in floats: floor(x)
point = (1.0, 2.0, 3.0); other = (4.0, 5.0, 6.0)
""",
    "builtins": """
ints = list(range(10000)); floats = [i / 3 for i in ints]
words = [f"w{i}" for i in ints]
sparse = [0, 1, None, "a", ""] * 2000
pairs = list(zip(words, ints))
d = dict(pairs); s = set(ints); t = set(range(5000, 15000))
""",
}

CASES = r"""
json | dumps records | json.dumps(records)
json | dumps records, sorted keys | json.dumps(records, sort_keys=True)
json | dumps indent=2 | json.dumps(records[:500], indent=2)
json | dumps CJK | json.dumps(cjk)
json | dumps CJK, not ASCII | json.dumps(cjk, ensure_ascii=False)
json | dumps prose | json.dumps(prose)
json | dumps floats | json.dumps(floats)
json | dumps ints | json.dumps(ints)
json | dumps 50,000 keys | json.dumps(distinct)
json | dumps small | for i in range(100): json.dumps(small_object)
json | loads records | json.loads(text)
json | loads bytes | json.loads(raw) | raw = text.encode()
json | loads indented | json.loads(pretty)
json | loads 50,000 keys | json.loads(distinct_text)
json | loads CJK | json.loads(cjk_text)
json | loads CJK escapes | json.loads(cjk_escaped)
json | loads prose | json.loads(prose_text)
json | loads floats | json.loads(floats_text)
json | loads ints | json.loads(ints_text)
json | loads nested | json.loads(nested_text)
json | loads big ints | json.loads(big)
json | loads small | for i in range(100): json.loads(small)
json | loads object_hook | json.loads(text, object_hook=len)
pickle | dumps records | pickle.dumps(records)
pickle | dumps instances | pickle.dumps(points)
pickle | dumps slots | pickle.dumps(slots)
pickle | dumps namedtuples | pickle.dumps(named)
pickle | dumps ints | pickle.dumps(ints)
pickle | dumps floats | pickle.dumps(floats)
pickle | dumps strings | pickle.dumps(strings)
pickle | dumps strings not ASCII | pickle.dumps(accents)
pickle | dumps tuples | pickle.dumps(tuples)
pickle | dumps dict | pickle.dumps(distinct)
pickle | dumps sets | pickle.dumps(sets)
pickle | dumps datetimes | pickle.dumps(dates)
pickle | dumps bytes | pickle.dumps(blob)
pickle | dumps big ints | pickle.dumps(big)
pickle | dumps records, protocol 2 | pickle.dumps(records, 2)
pickle | loads records | pickle.loads(data) | data = dumped("records")
pickle | loads instances | pickle.loads(data) | data = dumped("points")
pickle | loads slots | pickle.loads(data) | data = dumped("slots")
pickle | loads namedtuples | pickle.loads(data) | data = dumped("named")
pickle | loads ints | pickle.loads(data) | data = dumped("ints")
pickle | loads floats | pickle.loads(data) | data = dumped("floats")
pickle | loads strings | pickle.loads(data) | data = dumped("strings")
pickle | loads strings not ASCII | pickle.loads(data) | data = dumped("accents")
pickle | loads tuples | pickle.loads(data) | data = dumped("tuples")
pickle | loads dict | pickle.loads(data) | data = dumped("distinct")
pickle | loads sets | pickle.loads(data) | data = dumped("sets")
pickle | loads datetimes | pickle.loads(data) | data = dumped("dates")
pickle | loads bytes | pickle.loads(data) | data = dumped("blob")
pickle | loads big ints | pickle.loads(data) | data = dumped("big")
re | match lines of a log | for l in lines: line_pattern.match(l)
re | groups of matches | for l in lines: line_pattern.match(l).groups()
re | groupdict | for l in lines: named.match(l).groupdict()
re | findall in a log | re.findall(r'"(\w+) ([^ "]+)', log)
re | findall numbers | re.findall(r"\d+", log)
re | findall words | re.findall(r"\w+", text)
re | finditer tokens | for m in token.finditer(code): m.lastgroup
re | findall links | re.findall(r'<a\s+href="([^"]*)"[^>]*>(.*?)</a>', html)
re | sub tags | re.sub(r"<[^>]+>", "", html)
re | sub entities | re.sub(r"&(#?)(\w+);", lambda m: m[2], html)
re | sub template | re.sub(r"(\d+)-(\d+)-(\d+)", r"\3.\2.\1", mails)
re | findall mails | re.findall(r"([\w.]+)@([\w.]+)", mails)
re | split | re.split(r"[,\s]+", mails)
re | split on a letter | re.split(r"; |, ", text)
re | alternatives | re.findall(r"Sherlock|Holmes|Watson|Huckleberry|Finn", text)
re | ignoring case | re.findall(r"(?i)sherlock|watson", text)
re | search literal at the end | re.search(r"zzz", log)
re | search class | re.search(r"[q-z]{4}\d", text)
re | lazy | re.findall(r"<!--.*?-->", html)
re | backreference | re.findall(r"(\w)\1", text)
re | look ahead | re.findall(r"\w+(?=,)", text)
re | multiline | re.findall(r"(?m)^\s*def (\w+)", code)
re | strip comments | re.sub(r"(?m)#.*$", "", code)
re | dna | re.findall(r"[cgt]gggtaaa|tttaccc[acg]|agg[act]taa", dna)
re | bytes | re.findall(rb"\d+\.\d+", raw)
re | not ASCII | re.findall(r"\w+", greek)
re | escape | re.escape(text)
re | compile | re._compiler.compile(r'(\S+) - (\S+) \[([^\]]+)\] "(\w+) (\S+) (\S+)" (\d+)|[a-z]+?x')
re | short calls through re | for l in lines[:500]: re.match(r"(\d+)\.(\d+)", l)
struct | unpack a record | for i in range(0, 30000, 34): record.unpack_from(packed, i)
struct | iter_unpack | for x in record.iter_unpack(packed): pass
struct | pack a record | for i in ints: record.pack(i, 2, -3, 4, b"abc", 5.5)
struct | module functions | for i in ints: struct.pack("<IH", i, 2)
struct | unpack an int | for i in ints: struct.unpack(">I", b"abcd")
struct | unpack_from 1000I | many.unpack_from(data)
struct | pack 1000I | many.pack(*ints)
struct | pack_into | for i in ints: record.pack_into(buffer, i, i, 2, -3, 4, b"abc", 5.5)
struct | native | struct.unpack("1000q", data[:8000])
struct | doubles | struct.unpack("<1000d", data[:8000])
struct | bytes and pads | struct.unpack("<" + "4sxx" * 500, data[:3000])
csv | read | for r in csv.reader(plain_lines): pass
csv | read quoted | for r in csv.reader(quoted_lines): pass
csv | read all quoted | for r in csv.reader(all_quoted): pass
csv | read tabs | for r in csv.reader(tabs, delimiter="\t"): pass
csv | read from a file | for r in csv.reader(io.StringIO("".join(plain_lines), newline="")): pass
csv | read numbers | for r in csv.reader(numbers, quoting=csv.QUOTE_NONNUMERIC): pass
csv | DictReader | for r in csv.DictReader(plain_lines): pass
csv | write | csv.writer(io.StringIO()).writerows(rows)
csv | write quoted | csv.writer(io.StringIO()).writerows(quoted)
csv | write numbers | csv.writer(io.StringIO()).writerows(mixed)
csv | write all quoted | csv.writer(io.StringIO(), quoting=csv.QUOTE_ALL).writerows(rows)
csv | DictWriter | csv.DictWriter(io.StringIO(), "abcde").writerows(dicts)
zlib | compress | zlib.compress(text)
zlib | compress level 1 | zlib.compress(text, 1)
zlib | decompress | zlib.decompress(packed)
zlib | decompress noise | zlib.decompress(packed_noise)
zlib | decompress in pieces | stream()
zlib | compress in pieces | stream_out()
zlib | crc32 | zlib.crc32(text)
zlib | adler32 | zlib.adler32(text)
zlib | gzip | gzip.decompress(zipped)
zlib | short | for i in range(100): zlib.decompress(z) | z = zlib.compress(b"hello world")
hashlib | md5 | hashlib.md5(mega).digest()
hashlib | sha1 | hashlib.sha1(mega).digest()
hashlib | sha256 | hashlib.sha256(mega).digest()
hashlib | sha512 | hashlib.sha512(mega).digest()
hashlib | sha3_256 | hashlib.sha3_256(mega).digest()
hashlib | blake2b | hashlib.blake2b(mega).digest()
hashlib | blake2s | hashlib.blake2s(mega).digest()
hashlib | short sha256 | for p in parts: hashlib.sha256(p).hexdigest()
hashlib | short md5 | for p in parts: hashlib.md5(p).hexdigest()
hashlib | updates | updates("sha256")
hashlib | hmac | for p in parts[:100]: hmac.new(b"key", p, "sha256").digest()
hashlib | pbkdf2 | hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1000)
datetime | isoformat | for m in moments: m.isoformat()
datetime | fromisoformat | for s in iso: datetime.fromisoformat(s)
datetime | date.fromisoformat | for s in plain: date.fromisoformat(s)
datetime | strftime | for m in moments: m.strftime("%Y-%m-%d %H:%M:%S")
datetime | strptime | for s in iso[:200]: datetime.strptime(s[:19], "%Y-%m-%dT%H:%M:%S")
datetime | str | for m in moments: str(m)
datetime | add timedelta | for m in moments: m + hour
datetime | subtract | for m in moments: m - moments[0]
datetime | compare | sorted(moments)
datetime | constructor | for i in range(1000): datetime(2020, 1, 2, 3, 4, 5)
datetime | replace | for m in moments: m.replace(hour=5)
datetime | attributes | for m in moments: m.year; m.month; m.hour
datetime | fromtimestamp | for s in stamps: datetime.fromtimestamp(s, timezone.utc)
datetime | timestamp | for m in aware: m.timestamp()
datetime | astimezone | for m in aware: m.astimezone(other)
datetime | now | for m in moments: datetime.now()
datetime | timedelta | for i in range(1000): timedelta(days=i, seconds=5)
datetime | timedelta arithmetic | for d in deltas: (d * 3 + hour) // 2
datetime | total_seconds | for d in deltas: d.total_seconds()
datetime | hash | set(moments)
datetime | weekday | for d in days: d.weekday(); d.isocalendar(); d.toordinal()
xml | fromstring | ET.fromstring(text)
xml | fromstring with namespaces | ET.fromstring(spaced)
xml | iterparse | for event, e in ET.iterparse(io.BytesIO(text)): pass
xml | tostring | ET.tostring(root)
xml | build | build()
xml | iter | for e in root.iter(): pass
xml | iter tag | for e in root.iter("name"): pass
xml | findall | root.findall("item")
xml | findall path | root.findall("item/name")
xml | findall predicate | root.findall(".//item[@class='c3']")
xml | find | for i in range(1000): root.find("item")
xml | findtext | for e in root: e.findtext("name")
xml | get | for e in root: e.get("id"); e.attrib; e.text
xml | walk | walk(root)
xml | itertext | "".join(root.itertext())
xml | indent | ET.indent(root)
socket | round trip 1 kB | trip(a, b, kilo)
socket | round trip 60 kB | trip(a, b, large)
socket | round trip TCP | trip(c, d, kilo)
socket | recv_into | into(a, b, kilo)
socket | datagrams | datagrams()
socket | lines by makefile | by_lines()
socket | select | polls()
socket | addresses | for i in range(100): c.getsockname(); c.getpeername()
socket | create and close | for i in range(50): socket.socket().close()
socket | inet_aton, htons | for i in range(200): socket.inet_ntoa(socket.inet_aton("127.0.0.1")); socket.htons(i)
sorted | ints | sorted(ints)
sorted | floats | sorted(floats)
sorted | strings | sorted(strings)
sorted | strings, common prefix | sorted(common)
sorted | strings not ASCII | sorted(accents)
sorted | tuples | sorted(tuples)
sorted | sorted already | sorted(ordered)
sorted | nearly sorted | sorted(partly)
sorted | a few runs | sorted(runs)
sorted | falling | sorted(falling)
sorted | reverse | sorted(ints, reverse=True)
sorted | ints and floats | sorted(mixed)
sorted | big ints | sorted(big)
sorted | bytes | sorted(octets)
sorted | key=lambda | sorted(dicts, key=lambda d: d["k"])
sorted | key=itemgetter | sorted(tuples, key=operator.itemgetter(1))
sorted | key=str.lower | sorted(strings, key=str.lower)
sorted | key=len | sorted(strings, key=len)
sorted | __lt__ | sorted(items)
sorted | min and max | min(ints); max(floats); max(strings); min(tuples)
str | split | text.split()
str | split by text | text.split(" ")
str | splitlines | lines.splitlines()
str | rsplit | lines.rsplit("\n")
str | split Cyrillic | cyrillic.split()
str | split Latin | latin.split()
str | split Cyrillic by text | cyrillic.split(", ")
str | splitlines Cyrillic | cyrillic_text.splitlines()
str | splitlines Latin | latin_text.splitlines()
str | partition | for l in line_list: l.partition(",")
str | join | " ".join(words)
str | join generator | ",".join(w for w in words)
str | join Cyrillic | " ".join(cyrillic_words)
str | join Latin | " ".join(latin_words)
str | replace a letter | text.replace("w", "W")
str | replace a word | text.replace("word1", "number one")
str | replace, nothing found | text.replace("xyzzy", "")
str | replace Cyrillic | cyrillic.replace("\u043c\u0438\u0440", "\u043d\u0430\u0440\u043e\u0434")
str | replace Latin | latin.replace("caf\xe9", "th\xe9")
str | find | text.find("word9999")
str | find Cyrillic | cyrillic_text.find("\u043c\u0438\u0440 2999")
str | find Latin | latin_text.find("stra\xdfe 2999")
str | count Cyrillic | cyrillic.count("\u043c\u0438\u0440")
str | find, many starts | ("a" * 10000 + "b").find("a" * 20 + "b")
str | count | text.count("word1")
str | in | for w in words[::100]: w in text
str | translate | text.translate(table)
str | translate not ASCII | cjk.translate(table)
str | upper | text.upper()
str | upper Cyrillic | cyrillic.upper()
str | upper Latin | latin.upper()
str | lower | lines.lower()
str | lower Cyrillic | cyrillic.lower()
str | lower Latin | latin.lower()
str | casefold | cjk.casefold()
str | center | for w in words: w.center(20)
str | expandtabs | tabbed.expandtabs()
str | ascii | ascii(latin)
str | title | text.title()
str | strip | for l in line_list: l.strip()
str | strip Cyrillic | for l in cyrillic_lines: l.strip()
str | strip Latin | for l in latin_lines: l.strip()
str | startswith | for w in words: w.startswith("word1")
str | endswith tuple | for w in words: w.endswith(("0", "1"))
str | isdigit | for w in words: w.isdigit(); w.isalpha()
str | compare | for w in words: w == "word9"; w < "word5"
str | slices | for l in line_list: l[2:10]; l[::-1]
str | index | for i in range(3000): text[i]
str | concatenate | for w in words: w + "." + w
str | append | append()
str | f-string | for i in numbers: f"{i} is {i}"
str | f-string, specs | for i in numbers: f"{i:>6} {i:05d} {i:,}"
str | f-string, floats | for x in floats: f"{x:8.2f} {x:.3e}"
str | f-string, strings | for w in words: f"{w:>10}{w!r}"
str | percent | for i in numbers: "%s-%05d %5.2f" % (i, i, i)
str | format | for i in numbers: "{} {:>5} {name}".format(i, i, name=i)
str | zfill, ljust | for w in words: w.zfill(10); w.ljust(12)
str | repr | for l in line_list: repr(l)
str | hash | for l in line_list: hash(l + "x")
str | iterate | for c in text: pass
str | list | list(text)
str | encode UTF-8 | text.encode(); cjk.encode()
str | encode Latin-1 | latin.encode("latin-1")
str | encode UTF-8, Latin | latin.encode()
str | encode Cyrillic | cyrillic.encode()
str | encode UTF-8, punctuation | dashes.encode()
str | encode emoji | emoji.encode()
str | encode UTF-16 | cjk.encode("utf-16")
str | encode ASCII, ignore | latin.encode("ascii", "ignore")
str | decode UTF-8, ASCII | utf8.decode()
str | decode UTF-8, CJK | cjk8.decode()
str | decode UTF-8, Latin | latin8.decode()
str | decode UTF-8, emoji | emoji8.decode()
str | decode UTF-16 | cjk16.decode("utf-16")
str | decode short | for i in range(1000): b"hello world".decode()
str | str(bytes) | for i in range(1000): str(b"hello", "utf-8")
str | ord and chr | for c in text[:5000]: chr(ord(c))
bytes | hex | every.hex()
bytes | fromhex | bytes.fromhex(hexed)
bytes | split | data.split()
bytes | join | b" ".join(words)
bytes | replace | data.replace(b"word1", b"number")
bytes | find | data.find(b"word9999")
bytes | translate | data.translate(table)
bytes | slices | for i in range(2000): data[i:i + 10]
bytes | index | for i in range(5000): data[i]
bytes | iterate | for c in data: pass
bytes | bytes(list) | bytes(l) | l = list(data)
bytes | bytearray append | appended()
bytes | bytearray += | extended()
bytes | percent | for i in range(2000): b"%d: %s" % (i, b"x")
bytes | count | data.count(b"w")
bytes | upper | data.upper()
bytes | from_bytes | for i in range(2000): int.from_bytes(b"abcd", "little"); (i).to_bytes(4, "big")
int | str | for i in ints: str(i)
int | str of long | for i in long: str(i)
int | int(text) | for s in small_text: int(s)
int | int(long text) | for s in long_text: int(s)
int | hex, bin | for i in ints[:2000]: hex(i); bin(i)
int | int(text, 16) | for s in small_text: int(s, 16)
int | multiply 200 digits | for i in range(1000): c * c
int | multiply 2,000 digits | a * b
int | divide | for i in range(100): a // b; a % c
int | power | pow(3, b, a)
int | shifts | for i in range(1000): c << 3; c >> 5
int | add | for i in range(1000): c + c; c - i
int | str of huge | str(huge % 10 ** 4000)
int | int of huge | int(huge_text)
int | gcd, isqrt | math.gcd(a, b); math.isqrt(b) | import math
int | pidigits | pi(300)
int | 64-bit arithmetic | for i in range(5000): (i * 6364136223846793005 + 1442695040888963407) & 0xffffffffffffffff
int | bit_length | for i in ints: i.bit_length()
int | sum | sum(ints)
int | sum long | sum(long)
int | divmod | for i in ints: divmod(i, 7)
float | repr | for x in floats: repr(x)
float | repr of tiny | for x in tiny: repr(x)
float | repr of integral | for x in integral: repr(x)
float | float(text) | for s in texts: float(s)
float | float(long text) | for s in long_texts: float(s)
float | round | for x in floats: round(x, 2)
float | int(x) | for x in floats: int(x)
float | % and // | for x in floats: x % 3.0; x // 2.0
float | power | for x in floats: x ** 0.5
float | hash | for x in floats: hash(x)
float | format | for x in floats: format(x, ".2f")
float | percent | for x in floats: "%.6g" % x
float | sum | sum(floats)
float | hex | for x in floats: x.hex()
float | is_integer | for x in floats: x.is_integer()
itertools | chain | drain(chain(ints, ints))
itertools | chain into a list | list(chain(ints, ints))
itertools | islice into a list | list(islice(ints, 9000))
itertools | chain.from_iterable | drain(chain.from_iterable(pairs))
itertools | islice | drain(islice(ints, 9000))
itertools | zip_longest | drain(zip_longest(ints, words))
itertools | count, zip | drain(zip(ints, count()))
itertools | cycle | drain(islice(cycle(words), 10000))
itertools | repeat | drain(repeat(1, 10000))
itertools | product | drain(product(range(20), range(20), range(20)))
itertools | permutations | drain(permutations(range(7)))
itertools | combinations | drain(combinations(range(14), 5))
itertools | groupby | for k, g in groupby(ints, lambda x: x // 10): pass
itertools | accumulate | drain(accumulate(ints))
itertools | starmap | drain(starmap(add, pairs))
itertools | takewhile | drain(takewhile(lambda x: x < 9000, ints))
itertools | filterfalse | drain(filterfalse(None, ints))
itertools | compress | drain(compress(ints, ints))
itertools | tee | a, b = tee(ints); drain(a); drain(b)
itertools | pairwise | drain(pairwise(ints))
functools | lru_cache hit | for i in hundred: cached(i)
functools | lru_cache hit, two arguments | for i in hundred: cached_two(i, 1)
functools | lru_cache miss | for i in ints: cached(i)
functools | cache | for i in hundred: unbounded(i)
functools | reduce | functools.reduce(operator.add, ints)
functools | reduce lambda | functools.reduce(lambda a, b: a + b, ints)
functools | partial | for i in ints: part(i)
functools | partial keywords | for i in ints: part_kw(i)
functools | partial builtin | for s in hexes: hexa(s)
functools | cmp_to_key | sorted(hundred, key=key)
functools | singledispatch | for i in hundred: single(i)
collections | deque append, popleft | queue()
collections | deque maxlen | window()
collections | deque rotate | for i in range(1000): full.rotate(5)
collections | deque iterate | for x in full: pass
collections | deque(list) | deque(ints)
collections | deque index | for i in range(0, 1000): full[i]
collections | Counter words | Counter(words)
collections | Counter letters | Counter(letters)
collections | Counter most_common | count.most_common(10)
collections | Counter add | count + other; count - other
collections | defaultdict list | fill()
collections | defaultdict int | counts()
collections | OrderedDict build | OrderedDict(zip(words, ints))
collections | OrderedDict move | move()
collections | OrderedDict iterate | for k, v in od.items(): pass
collections | namedtuple make | for i in range(2000): P(i, i, i)
collections | namedtuple attribute | for q in points: q.x; q.z
collections | namedtuple replace | for q in points[:200]: q._replace(x=1)
collections | ChainMap | for w in words[:1000]: chain[w]
array | fill | fill()
array | from list | array("i", ints)
array | iterate | for x in a: pass
array | tolist | a.tolist()
array | index | indexed()
array | store | store()
array | sum | sum(d)
array | slice | for i in range(1000): a[i:i + 100]
array | frombytes | array("i").frombytes(raw)
array | memoryview slices | for i in range(2000): m[i:i + 10]
array | memoryview tolist | wide.tolist()
array | memoryview iterate | for x in m: pass
array | memoryview grid | for i in range(100): grid[i, i]
array | memoryview bytes | for i in range(1000): bytes(m[i:i + 10])
array | memoryview cast | for i in range(1000): m.cast("I")
array | memoryview compare | m == b
heapq | push, pop ints | work(ints)
heapq | push, pop tuples | work(tuples)
heapq | heapify | heapq.heapify(ints[:])
heapq | nlargest | heapq.nlargest(10, ints)
heapq | merge | list(heapq.merge(*parts))
heapq | bisect ints | positions(ordered, keys)
heapq | bisect floats | positions(by_float, keys)
heapq | bisect strings | positions(words, words[::5])
heapq | insort | insort()
math | sqrt | calls()
math | math.sin | by_name()
math | atan2 | two()
math | floor | floors()
math | fsum | fsum(floats)
math | dist, hypot | for i in range(1000): dist(point, other); hypot(1.0, 2.0)
math | isclose | for x in floats: isclose(x, 1.0)
math | gcd | for i in ints: gcd(i, 12)
math | log | for i in ints: log(i); log2(i)
math | factorial, comb | for i in range(100): factorial(i); comb(100, i)
math | prod | prod(floats[1:]); prod(ints[:100])
math | pow, fmod | for x in floats: pow(x, 2.0); fmod(x, 3.0)
builtins | filter None | list(filter(None, sparse))
builtins | filter function | list(filter(str.isdigit, words))
builtins | map | list(map(str, ints))
builtins | map two | list(map(divmod, ints, ints[1:] + [1]))
builtins | zip | list(zip(ints, words))
builtins | enumerate | list(enumerate(words))
builtins | reversed | list(reversed(ints))
builtins | sum list | sum(ints)
builtins | sum generator | sum(i for i in ints)
builtins | any, all | any([0] * 5000); all(ints[1:])
builtins | list copy | ints[:]; list(ints); ints + ints
builtins | list index | ints.index(9999); 9999 in ints; ints.count(5)
builtins | list compare | ints == list(range(10000))
builtins | dict(pairs) | dict(pairs)
builtins | dict lookups | for w in words: d[w]
builtins | dict copy | dict(d); d.copy()
builtins | dict merge | {**d, "x": 1}
builtins | set operations | s.union(t); s & t; s - t; s ^ t
builtins | set(list) | set(ints)
builtins | dict(zip) | dict(zip(words, ints))
builtins | range list | list(range(10000))
builtins | tuple(list) | tuple(ints)
"""


def parse_cases():
    for line in CASES.strip().splitlines():
        subject, name, statement, *setup = line.split(" | ")
        yield subject, name, statement, setup[0] if setup else ""


def serve(subject):
    """Measure the cases of a subject as the parent asks: a line "name repetitions", answered by seconds a repetition."""
    clock, namespace, functions = time.process_time, {}, {}
    exec(COMMON[subject], namespace)
    for _, name, statement, setup in (case for case in parse_cases() if case[0] == subject):
        functions[name] = statement, setup
    for line in sys.stdin:
        name, repetitions = json.loads(line)
        if isinstance(functions[name], tuple):
            statement, setup = functions[name]
            exec(setup, namespace)
            # The names of the subject are globals, as they are in a program's functions.
            source = f"def timed(repetitions):\n    for _ in range(repetitions):\n        {statement}\n"
            exec(compile(source, name, "exec"), namespace)
            functions[name] = namespace["timed"]
        timed = functions[name]
        begin = clock()
        timed(repetitions)
        print(clock() - begin, flush=True)


class Interpreter:
    def __init__(self, program, subject):
        self.process = subprocess.Popen([program, "-u", __file__, "--serve", subject], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def time(self, name, repetitions):
        self.process.stdin.write(json.dumps([name, repetitions]) + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure(coluber, subject, names, rounds):
    """The best seconds of each case, by python3.11 and by Coluber."""
    pair, results = [Interpreter(ORACLE, subject), Interpreter(coluber, subject)], {}
    for name in names:
        repetitions, best = [1, 1], [math.inf, math.inf]
        for k, interpreter in enumerate(pair):
            while (seconds := interpreter.time(name, repetitions[k])) < ROUND / 2 and repetitions[k] < 1 << 20:
                repetitions[k] = max(repetitions[k] * 2, int(repetitions[k] * ROUND / max(seconds, ROUND / 100)))
        for _ in range(rounds):
            for k, interpreter in enumerate(pair):
                best[k] = min(best[k], interpreter.time(name, repetitions[k]) / repetitions[k])
        results[name] = best
    for interpreter in pair:
        interpreter.close()
    return results


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coluber", nargs="?", default="build/coluber")
    parser.add_argument("--only", default="", help="subjects, separated by commas")
    parser.add_argument("--case", default="", help="only cases whose name contains this")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--below", type=float, default=math.inf, help="print only cases below this ratio")
    parser.add_argument("--output", help="write the ratios of all cases as JSON")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return serve(arguments.serve)
    means, everything = {}, {}
    for subject in arguments.only.split(",") if arguments.only else COMMON:
        names = [name for s, name, *_ in parse_cases() if s == subject and arguments.case in name]
        if not names:
            continue
        ratios = {}
        for name, (theirs, ours) in measure(arguments.coluber, subject, names, arguments.rounds).items():
            ratios[name] = theirs / ours
            if ratios[name] < arguments.below:
                print(f"{subject:12} {name:32} {theirs * 1e6:11.2f} us {ours * 1e6:11.2f} us {ratios[name]:7.2f}", flush=True)
        means[subject], everything[subject] = geometric_mean(ratios.values()), ratios
    print("\nGeometric means (above 1: faster than python3.11)")
    for subject, mean in means.items():
        low = min(everything[subject], key=everything[subject].get)
        print(f"{subject:12} {mean:6.2f}   lowest {everything[subject][low]:.2f}: {low}")
    if arguments.output:
        with open(arguments.output, "w") as file:
            json.dump(everything, file, indent=1)


if __name__ == "__main__":
    main()
