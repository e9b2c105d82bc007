"""What goes over a bytearray's bytes twice, to measure and to write, while other threads change them in place."""
import binascii
import codecs
import json
import marshal
import pickle
import re
import sys
import threading
import time
import xml.parsers.expat

SIZE = 240
patterns = [text.ljust(SIZE, b'.')[:SIZE] for text in (
    b'a' * SIZE, 'é'.encode() * 120, '\U0001f600'.encode() * 60, b'\xff' * SIZE, b'\t' * SIZE, b'\n' * SIZE, b'\\' * SIZE, b"'" * SIZE,
    b'\\u00e9' * 40, b'+AOk-' * 48, b'\r\n' * 120, pickle.dumps(['a' * 50, 'é' * 20, 5, None], 4), pickle.dumps(['a' * 50, 10**30], 0),
    marshal.dumps(['a' * 50, 'é' * 20, 10**30]), json.dumps(['a\n' * 10, 'é', 1.5]).encode(), b'<a b="' + b'c' * 200 + b'">d</a>')]
shared = bytearray(SIZE)
view = memoryview(shared)
calls = [lambda encoding=encoding, errors=errors: codecs.decode(shared, encoding, errors)
         for encoding in ('utf-8', 'ascii', 'latin-1', 'cp1252', 'utf-16', 'utf-32', 'utf-7', 'unicode_escape', 'raw_unicode_escape')
         for errors in ('strict', 'replace', 'backslashreplace', 'surrogateescape')]
calls += [
    lambda: shared.decode(), lambda: str(view, 'utf-8', 'replace'), lambda: repr(shared), lambda: shared.replace(b'a', b'bcdef'),
    lambda: shared.expandtabs(300), lambda: shared.split(), lambda: shared.split(b'\n'), lambda: shared.splitlines(),
    lambda: shared.translate(None, b'a'), lambda: shared.title(), lambda: b'-%s-%r' % (shared, shared), lambda: shared % (), lambda: shared.hex(':'),
    lambda: b','.join([shared, view]), lambda: b'xaxax'.replace(b'a', shared), lambda: b'a' * 9 in shared, lambda: pickle.loads(shared),
    lambda: marshal.loads(shared), lambda: json.loads(shared), lambda: compile(shared, 'f', 'exec'), lambda: re.sub(rb'a+', b'b', shared),
    lambda: binascii.b2a_qp(shared), lambda: binascii.a2b_base64(view), lambda: codecs.escape_decode(shared), lambda: shared.__reduce_ex__(2),
    lambda: xml.parsers.expat.ParserCreate().Parse(shared, True)]
end = time.monotonic() + 3


def change(step):
    i = 0
    while time.monotonic() < end:
        for _ in range(100):
            i += step
            shared[:] = patterns[i % len(patterns)]
            shared[i % SIZE] = i & 255


for step in (1, 3):
    threading.Thread(target=change, args=(step,)).start()
neighbours = []
while time.monotonic() < end:
    for call in calls:
        for _ in range(20):
            try:
                result = call()
            except (ValueError, TypeError, SyntaxError, LookupError, EOFError, AttributeError, ImportError, MemoryError, OverflowError,
                    pickle.UnpicklingError, xml.parsers.expat.ExpatError):
                continue
            neighbours.append(b'\1' * 30)
            if isinstance(result, str):
                result.upper(), hash(result), result.encode('utf-8', 'surrogatepass')
    assert all(neighbour == b'\1' * 30 for neighbour in neighbours)
    del neighbours[:]
print('ok', file=sys.stderr)
