# Widths, precisions and positions that are too large for what C keeps them in.
big = [2**31 - 1, 2**62, 2**63 - 1, 2**63, 2**100]
import io
def t(f,*a):
    try: r=repr(f(*a)); print(r[:100], len(r))
    except BaseException as e: print(type(e).__name__, e)
for n in big:
  print(n)
  for T in '%.*d', '%*d', '%.*x', '%#.*x', '%+.*o', '%.*f', '%*f', '%*s', '%*c', '%.*e', '%.*g','%.*r':
    if n<2**40 and T!='%.*s': continue
    for k in n,-n:
      t(lambda: T % (k, 1))
      t(lambda: T.encode() % (k, 1))
  for T in 'dxXof':
    if n<2**40: continue
    t(lambda: ('%.'+str(n)+T) % 1)
    t(lambda: ('%'+str(n)+T) % 1)
    t(lambda: (b'%.'+str(n).encode()+T.encode()) % 1)
    t(lambda: (b'%'+str(n).encode()+T.encode()) % 1)
    t(format, 1, str(n)+T)
    t(format, 1.0, '.'+str(n)+'f')
    t(format, 1.0, str(n))
    t(format, 'a', str(n))
    t(format, 'a', '.'+str(n))
    t(format, 1j, '.'+str(n))
  if n>2**40:
    t(lambda: '{:{}}'.format(1,n))
    t(lambda: '{0:.{1}f}'.format(1.,n))
  for C,v,w in ((io.StringIO,'abc','x'),(io.BytesIO,b'abc',b'x')):
    s=C(v)
    t(s.seek,n)
    t(s.seek,-n)
    t(s.tell)
    if n>2**40: t(s.write,w)
    t(s.read,n); t(s.read); t(s.readline,n); t(s.readlines,n); t(s.truncate,n)
    t(s.seek,n,1); t(s.seek,n,2); t(s.seek, 0, n)
    t(s.readline)
    t(s.truncate,-n)
    if n>2**40 and C is io.BytesIO: t(s.truncate); t(s.readinto, bytearray(2))
for k in 2**31 - 1, 2**31 - 3:
  for c in 'dxoXi':
    t(lambda: ('%.*'+c) % (k, 1)); t(lambda: ('%#.*'+c) % (k, -10**30)); t(lambda: ('%.*'+c).encode() % (k, 1))
