src = 'def f(%s): return a0\n' % ','.join(('a%d' % i for i in range(5000)))
exec(src)
print(f(*range(5000)))
try:
    f(*range(4999))
except TypeError as e:
    print(len(str(e)))
print(len(print.__call__.__self__.__name__), max(*range(100000)))
(lambda *a: len(a))(*range(10 ** 6))
exec('print(len([%s]))' % ','.join(('1' for i in range(100000))))
exec('f=lambda *a,**k:len(k)\nprint(f(%s))' % ','.join(('b%d=1' % i for i in range(5000))))
