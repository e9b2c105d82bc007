from itertools import *
import gc
class Z(zip_longest):
    def __init__(self,*a): self.keep=[]
    def __next__(self):
        t=(1,object()); self.keep.append(t)
        if len(self.keep)>50: raise StopIteration
        return t
class Y(zip_longest): pass
def f(it):
    r=[]
    for a,b in it: r.append((a,b))
    return r
for k in range(3):
    for it in (zip_longest("abc","de"),product("ab","cd"),combinations(range(5),2),permutations(range(4),2),pairwise(range(9)),Y("ab","cd"),zip([1],[2]), combinations_with_replacement("abc",2)):
        print(f(it))
z=Z("a","b"); f(z)
z=Z("a","b"); n=f(z)
print(all(type(x[1]) is object for x in z.keep), len(z.keep), n==[tuple(x) for x in z.keep][:len(n)])
def g(it):
    r=[]
    for a,b,c in it: r.append([a,b,c])
    return r
print(g(zip("abc","def",[1,2,3])), g(zip("abc","def",[1,2,3],strict=True)))
for bad in (zip("a","b"), zip("a","b","c","d"), product("ab"), zip_longest("a")):
    try: g(bad)
    except ValueError as e: print(e)
try: g(zip("ab","c","de",strict=True))
except ValueError as e: print(e)
def h():
    for a,b,c,d,e,f,g_,h_,i in zip(*["ab"]*9): print(a,b,c,d,e,f,g_,h_,i)
    for a,(b,c) in zip_longest([1,2],[(3,4),(5,6)]): print(a,b,c)
    for i in range(3):
        for a,b in product(range(2),range(2)):
            for c,d in product(range(2),range(2)): t=(a,b,c,d); gc.collect() if a else 0
            print(t)
h()
it=product("ab","cd"); next(it); it2=it.__reduce__(); print(it2, list(it))
d={str(i):i for i in range(300)}
for i in range(0,300,7): del d[str(i)]
print(list(d)==[k for k in d], list(d.values())==[d[k] for k in d], list(d.items())==[(k,d[k]) for k in d], [*d.items()][:3], sorted(d.values())[:4])
class O:
    pass
o=O(); o.a=1; o.b=2; o.__dict__; del o.a; o.c=5; print(list(o.__dict__.items()), list(o.__dict__.values()), list(vars(O).values())[:1], list(o.__dict__))
print(bytes([1,2,255]), bytes((3,4)), bytes([]), bytearray([1,2]), bytes([True]))
for bad in ([256],[-1],["a"],[1,2.5],(1,1<<80)):
    for t in (bytes,bytearray):
        try: t(bad)
        except Exception as e: print(type(e).__name__, e)
class I:
    def __index__(self): l.append(7); return 3 if len(l)<9 else 4
l=[1,I(),2]; print(bytes(l))
