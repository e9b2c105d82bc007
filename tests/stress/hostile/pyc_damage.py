import os, sys, random, marshal, importlib.util, subprocess, py_compile
src = 'def f(a,b=1):\n  try: return [x*2 for x in a if x]\n  except ValueError as e: print(e)\nclass A:\n  y=f"{1}"\n  def g(s): yield s\nprint(f([1,2]),list(A().g())[0].y)\n'
open('dmod.py', 'w').write(src)
pyc = py_compile.compile('dmod.py')
good = open(pyc, 'rb').read()
rng = random.Random(5)
n = 0
import signal

def alarm(*a):
    raise KeyboardInterrupt
signal.signal(signal.SIGVTALRM, alarm)
for i in range(400):
    b = bytearray(good)
    way = i % 6
    if way == 0:
        b = b[:rng.randrange(len(b))]
    elif way == 1:
        for _ in range(rng.randrange(1, 4)):
            b[rng.randrange(16, len(b))] = rng.randrange(256)
    elif way == 2:
        b[rng.randrange(16)] = rng.randrange(256)
    elif way == 3:
        p = rng.randrange(16, len(b))
        b[p:p] = bytes([rng.randrange(256) for _ in range(4)])
    elif way == 4:
        p = rng.randrange(16, len(b))
        del b[p:p + 4]
    else:
        b[rng.randrange(16, len(b))] ^= 1 << rng.randrange(8)
    open(pyc, 'wb').write(b)
    sys.modules.pop('dmod', None)
    importlib.invalidate_caches() if i % 50 == 0 else 0
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.2)
    try:
        import contextlib, io
        with contextlib.redirect_stdout(io.StringIO()):
            import dmod
    except BaseException as e:
        n += 1
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
print(n > 10)
for data in (b'', b'\x00' * 16, good[:4], good[:15], good[:16], b'\xff' * 100, good[:16] + b'i\x01\x00\x00\x00', good[:16] + b'N',
        good[:4] + b'\x01\x00\x00\x00' + good[8:], good[:4] + b'\xff\xff\xff\xff' + good[8:]):
    open('direct.pyc', 'wb').write(data)
    r = subprocess.run([sys.executable, 'direct.pyc'], capture_output=True)
    if r.returncode != 1:
        print(data[:20], r)
