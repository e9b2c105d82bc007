# Marks below the failing operator or brackets, in the interpreter's own printing and in traceback's.
import io, os, sys, tempfile, traceback
sys.stderr = sys.stdout = io.StringIO()
os.chdir(tempfile.mkdtemp())
sys.path.insert(0, "")
def t(src):
    try:
        f=open('seg.py','w'); f.write(src); f.close()
        exec(compile(src,'seg.py','exec'),{'d':{},'n':None,'x':1,'é':2,'s':'a'})
    except Exception as e:
        e.__traceback__ = e.__traceback__.tb_next
        sys.__excepthook__(type(e), e, e.__traceback__)
        print(*traceback.format_exception(e)[1:-1])
        __import__('linecache').clearcache()
for s in ["x+s","x + s","  \nx  +  s","(x + s)","(x) + (s)","(x)+(s)","x//s","x // 0","x\\\n+ s","x + \\\ns","d['a']","d['a']['b']['c']","x + d['a']['b'] + s",
 "d['é']['ü'] + é","é + 'é' + s","n.foo","n.foo.bar(1)(2)","n(1)","f = x + s","f = (x\n  + s)","d[\n'a'\n]","d[ 'a' ]","d['a'  ]","x**s","x @ s","x @  s","x if x + s else 3","lambda: x\nx and (x + s)","-s","not (x+s)","x < s","x <s < 3","[i + s for i in [1]]","x += s","x   +=   s","d['a'] += 1","d[0] = d[1]","del d['k']","d[1:2]","d[1:2, 3]","d[(1)]","d[x, ]","(d)[0]","(d)  [0]","( d[0] )","x+#c\\\ns","(x#+\n+s)","await_ = x+s # é","print(x+s)","s%1%2", "s % (1, 2)","x\t+\ts","x <<s","x>>s", "x  >>   s","'é'  + é","d['é'  ]", "f'{x+s}'", "f'''\n{x+s}'''", "for i in x+s: pass","with x+s: pass","assert x+s","raise x+s","return_ = s(x+s)","from foo import bar","import foo.bar","class A(x+s): pass","@s\ndef f(): pass","{**x}","[*x]","print(*x)","print(**x)","a,b=x","a,b=1,2,3","x.y=1","x.é.b","é.é.b", "é[é]", "(é)[(é)]"]:
    print("---", repr(s))
    t(s)
# importlib's own frames are hidden.
for n, b in [('bad1', 'import nothere'), ('bad2', '1/0'), ('bad3', 'from os import nothere'), ('bad4', 'x ='), ('bad5', 'import bad2')]:
    with open(n + '.py', 'w') as f: f.write(b)
for i in range(1, 6): t('import bad%d' % i)
t('import os.foo'); t('from os import foo'); t('import a.b.c'); t('from . import x')
text = sys.stdout.getvalue()
sys.stdout = sys.__stdout__
print(text.replace(os.getcwd(), "DIRECTORY"))
