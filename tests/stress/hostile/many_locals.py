for n in (256, 65536, 70000):
    s = 'def f():\n' + ''.join((' a%d=%d\n' % (i, i) for i in range(n))) + ' return a0,locals()\nlen(f()[1])'
    exec(s)
s = 'x=[' + ','.join(('"s%d"' % i for i in range(70000))) + ']'
exec(s)
print(len(x))
s = '\n'.join(('a%d=b%d=%d' % (i, i, i + 300) for i in range(70000)))
exec(s, {})
s = 'def f(x):\n while x:\n' + '  x=x+1\n' * 70000 + '  if x>1: break\n return x\n'
exec(s)
print(f(1))
s = 'def f(x):\n if x:\n' + '  x=x+1;x.real\n' * 30000 + ' else:\n' + '  y=1\n' * 30000 + ' return x'
exec(s)
print(f(0), f(1))
s = 'def f():\n' + ''.join(('  try:\n   a\n  except: pass\n' for i in range(20000)))
exec(s)
f()
s = 'match x:\n' + ''.join((' case %d: y=1\n' % i for i in range(20000)))
exec(s)
s = 'x=1' + '+1' * 20000
try:
    exec(s)
except RecursionError:
    print('r')
s = 'x="' + '%s' * 10 + '"%(' + ','.join(('1' for i in range(10))) + ')'
exec(s)
s = 'x=f"' + '{x}' * 20000 + '"'
exec('x=1')
exec(s)
s = 'a=' + 'if 1 else '.join(['1 '] * 1000)
s = 'def f():\n def g():\n  return ' + '+'.join(('a%d' % i for i in range(300))) + '\n' + ''.join((' a%d=1\n' % i for i in range(300))) + ' return g()\nprint(f())'
exec(s)
s = 'def f(*a,**k):0\nf(' + ','.join(('*a' for i in range(5000))) + ',' + ','.join(('**{"k%d":1}' % i for i in range(5000))) + ')'
a = ()
exec(s)
