# An alarm's handler runs in the middle of one long call into C, and its exception ends the call.
import array
import ast
import binascii
import heapq
import io
import json
import marshal
import math
import pickle
import random
import re
import signal
import unicodedata
import zlib


class Enough(Exception):
    pass


def stop(number, frame):
    raise Enough


def refused(wrong):
    try:
        compile(wrong, "source", "exec")
    except SyntaxError:
        pass


text = "ab" * 3_000_000
data = text.encode()
numbers = [i * 7919 % 1_000_003 for i in range(200_000)]
packed = zlib.compress(data)
written = json.dumps(numbers)
dumped = marshal.dumps(numbers)
digits = "12345670" * 1_000_000
source = "a = b + c * (d - 1)\n" * 20_000
lines = b"ab\n" * 500_000
wide = "ab\u0431" * 1_000_000
quoted = json.dumps(wide)
big = 1 << 40_000_000
cases = {
    "str.count": lambda: text.count("ab"),
    "str.replace": lambda: text.replace("ab", "c"),
    "str.rfind": lambda: text.rfind("ba" * 20 + "a"),
    "str.join": lambda: "-".join([text] * 4),
    "bytes.count": lambda: data.count(b"ab"),
    "bytes.replace": lambda: data.replace(b"ab", b"cde"),
    "sorted": lambda: sorted(numbers),
    "heapify": lambda: heapq.heapify(numbers[:]),
    "pickle.dumps": lambda: pickle.dumps(numbers),
    "zlib.compress": lambda: zlib.compress(data, 9),
    "repr": lambda: repr(numbers),
    "json.dumps": lambda: json.dumps(numbers),
    "json.dumps text": lambda: json.dumps(wide),
    "json.loads text": lambda: json.loads(quoted),
    "str.isidentifier": wide.isidentifier,
    "json.loads": lambda: json.loads(written),
    "marshal.dumps": lambda: marshal.dumps(numbers),
    "marshal.loads": lambda: marshal.loads(dumped),
    "str.encode": lambda: text.encode("unicode_escape"),
    "bytes.decode": lambda: data.decode("utf-7"),
    "str.isalnum": lambda: text.isalnum(),
    "str.title": lambda: text.title(),
    "bytes.split": lambda: data.split(b"b"),
    "bytes * n": lambda: data * 8,
    "crc32": lambda: zlib.crc32(data),
    "compressobj": lambda: zlib.compressobj(9).compress(data),
    "compile": lambda: compile(source, "source", "exec"),
    "compile one expression": lambda: compile("[" + source.replace("\n", ",").replace("=", "|") + "]", "source", "eval"),
    "compile what is wrong": lambda: refused("(" + source),
    "ast.parse": lambda: ast.parse(source),
    "re \\w*": lambda: re.match(r"\w*", wide),
    "re .*?": lambda: re.match(r".*?x", wide),
    "re \\w* and back": lambda: re.match(r"\w*x", wide),
    "re [xy]": lambda: re.search("[xy]", wide),
    "re \\w{2}x": lambda: re.search(r"\w{2}x", wide),
    "normalize": lambda: unicodedata.normalize("NFKC", wide),
    "hex": lambda: hex(big),
    "int // small": lambda: big // 7,
    "int & negative": lambda: -big & big,
    "int.to_bytes": lambda: big.to_bytes(6_000_000, "little"),
    "int.from_bytes": lambda: int.from_bytes(data, "big"),
    "getrandbits": lambda: random.getrandbits(10_000_000),
    "str.maketrans": lambda: str.maketrans(wide, wide),
    "BytesIO.readlines": lambda: io.BytesIO(lines).readlines(),
    "memoryview.tolist": lambda: memoryview(data).tolist(),
    "array.tolist": lambda: array.array("B", data).tolist(),
    "math.dist": lambda: math.dist(numbers, numbers),
    "hexlify": lambda: binascii.hexlify(data, "-"),
    "int(text, 8)": lambda: int(digits, 8),
    "decompressobj": lambda: zlib.decompressobj().decompress(packed),
}
signal.signal(signal.SIGALRM, stop)
for name, function in cases.items():
    # The call itself is the handler's only chance: nothing else runs for as long as it takes.
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.002)
        while True:
            function()
    except Enough:
        print(name, "ended")

# A compressor that is at work is not to be used by a handler. Without one it goes on where it was.
one, whole = zlib.compressobj(1), b""
for i in range(0, len(data), 1_000_000):
    whole += one.compress(data[i:i + 1_000_000])
print(zlib.decompress(whole + one.flush()) == data)
