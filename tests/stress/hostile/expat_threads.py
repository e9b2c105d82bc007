# One parser of XML in threads: parsing, asking where it is, other buffers and handlers.
import threading, time
from xml.parsers import expat
end = time.monotonic() + 2
text = b'<a>' + b''.join(b'<b x="%d">text %d &amp; more\n</b>' % (i, i) for i in range(300)) + b'</a>'
class Box: p = expat.ParserCreate()
seen = []
def parse():
    while time.monotonic() < end:
        p = expat.ParserCreate()
        p.buffer_text = True
        p.buffer_size = 50
        p.CharacterDataHandler = lambda s: seen.append(s) if len(seen) < 100 else seen.clear()
        Box.p = p
        try:
            for i in range(0, len(text), 700): p.Parse(text[i:i + 700])
            p.Parse(b'', True)
        except (expat.ExpatError, RuntimeError): pass
def look():
    while time.monotonic() < end:
        p = Box.p
        for i in range(50): p.CurrentLineNumber, p.CurrentColumnNumber, p.CurrentByteIndex, p.ErrorCode, p.GetInputContext(), p.GetBase()
def change():
    n = 0
    while time.monotonic() < end:
        p = Box.p
        n += 1
        try:
            p.buffer_text = n % 3
            p.buffer_size = 1 + n % 60
            p.SetBase('base%d' % n)
            p.StartElementHandler = (lambda *a: None) if n % 2 else None
            p.CharacterDataHandler = (lambda s: None) if n % 5 else None
        except (expat.ExpatError, RuntimeError): pass
ts = [threading.Thread(target=f) for f in (parse, look, change)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
