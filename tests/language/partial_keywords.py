"""partial() with keywords: as they stand when it is called, whatever a program has put among them."""
from functools import partial
def f(*a, **k): return a, k
print(partial(f,x=1)(), partial(f,1,x=1,y=2)(2,3), partial(f,1,x=1)(2,x=3,z=4), partial(f,*range(9),x=1)(5))
p=partial(f,x=1); p.keywords["y"]=2; print(p(3))
p.keywords[5]=1
try:
    print(p())
except TypeError as e:
    print(e)
del p.keywords[5]; p.keywords["x y"]=3; print(p(), partial(int,base=2)("101"))
try: partial(int,base=2)("1", base=40)
except ValueError as e: print(e)
class S(str): pass
p.keywords.clear(); p.keywords[S("q")]=1; r=p(); print(r, [type(x) for x in r[1]])
def g(a,b=2,*,c): return a,b,c
print(partial(g,c=1)(5), partial(g,1,b=5,c=2)())
for bad in partial(g,c=1,d=3), partial(g,1,a=1,c=2), partial(g,b=1):
    try: print(bad(5) if bad.args==() else bad())
    except TypeError as e: print(e)
print(partial(sorted,key=lambda x:-x)([1,3,2]), partial(print,sep="-",end="!\n")(1,2), partial(partial(f,a=1),b=2)(3))
