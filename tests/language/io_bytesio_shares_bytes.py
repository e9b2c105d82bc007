# BytesIO shares the bytes that it was made from until it is written to.
import io
b = b'x'*100
f = io.BytesIO(b)
print(f.getvalue() is b, f.read() is b)
f = io.BytesIO(b); print(f.read(100) is b, f.read(), f.getvalue() is b)
f = io.BytesIO(b); f.read(0); print(f.read1() is b)
f = io.BytesIO(b); f.seek(0,2); f.write(b''); print(f.getvalue() is b)
try: f.write(b'zz')
except BufferError as e: print(e)
f = io.BytesIO(b); f.truncate(200); print(f.getvalue() is b); f.truncate(100); print(f.getvalue() is b); f.truncate(50); print(f.getvalue() is b, len(b))
class B(bytes): pass
s = B(b'abc'); f = io.BytesIO(s); print(f.getvalue() is s, type(f.getvalue()))
f = io.BytesIO(b'ab\ncd'); print(f.readline(), f.readlines(), f.readinto(bytearray(3)))
f.seek(100); f.write(b'q'); print(f.getvalue())
f = io.BytesIO(b'abc'); f.close()
for n in 'getvalue read getbuffer truncate'.split():
    try: getattr(f, n)()
    except ValueError as e: print(e)
f = io.BytesIO(b)
v = f.getbuffer()
print(f.getvalue() is b)
v[0] = 65
print(f.getvalue()[:2], b[:2])
try:
    f.write(b"z" * 200)
except BufferError as e:
    print(e)
