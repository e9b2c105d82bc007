# Where an error is and what it shows: columns are characters of text whose encoding is declared, bytes otherwise; the
# line comes from the named file when there is one; each string literal warns of its first unknown escape.
import os, tempfile, warnings

def show(source, filename='f', mode='exec'):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        try:
            compile(source, filename, mode)
            print('compiles', end=' ')
        except Exception as e:
            details = [getattr(e, k, None) for k in 'lineno offset end_lineno end_offset text'.split()]
            print(type(e).__name__, e.args[0], *map(repr, details), end=' ')
    print([(str(w.message), w.lineno) for w in caught])

for line in 'é = "é" f', 'é = "é" ? f', 'f"é{é + é é}"', 'é = (', 'é(é=1, é)', 'f(() ()\n  "x")', "'''é\r\n\r\n":
    show(line), show(line.encode()), show('#coding: utf-8\n' + line), show('\ufeff'.encode() + line.encode())
for line in r'"\(\)"', r'"\(" "\)"', r'f"\(\)"', r'b"\("', r'"\é\("', r'"\400\777"', r'b"\x1\("', r'"\N{no}\("':
    show(line)
for line in "{'b':1, 1 2: 2}", '{1:1, f(2 = 3)}', '{1:1, 2:(1 3)}', '(m x)', '(ma x)', '(n x)', 'f(g~(x, y="d"))':
    show(line)
for mode in 'exec', 'single', 'eval':
    for line in '', '\n', '#', '  ', '\\', '\t#\n':
        show(line, mode=mode)
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    with open('known.py', 'wb') as file:
        file.write(b'first line\nsecond \xc3\xa9' + b'x' * 1000 + b'end\nthird \xff\n')
    for line in ('return', 'f() = 1', 'def f(a, a): 1', 'from __future__ import x', '"', 'global x; x = 1', '*a = 3',
                 'def f():\n  global x, y\n  nonlocal y, x', 'x=1; from __future__ import division'):
        for start in range(3):
            show('\n' * start + line, 'known.py'), show(b'\n' * start + line.encode(), b'known.py')
for filename in 'a\0b', b'a\0b', 3, bytearray(b'x'), memoryview(b'y'):
    show('x x', filename)
