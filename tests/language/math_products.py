"""Factorials, counts and products of all sizes, and int() of decimal texts around the places where the method changes."""
import math, random, sys
random.seed(3)
f=1
for i in range(1,300):
    f*=i
    assert math.factorial(i)==f, i
for n in list(range(0,140))+[500,1000,2**40,2**63-1,2**64,2**70]:
    row=1
    for k in range(0,min(n,90)+1):
        assert math.comb(n,k)==row,(n,k)
        row=row*(n-k)//(k+1)
    row=1
    for k in range(0,min(n,90)+1):
        assert math.perm(n,k)==row,(n,k)
        row*=n-k
assert math.comb(1200,600)==math.factorial(1200)//math.factorial(600)**2
assert math.perm(1200,600)==math.factorial(1200)//math.factorial(600)
for i in range(2000):
    s="".join(random.choice("0123456789") for _ in range(random.randrange(1,100)))
    v=0
    for c in s: v=v*10+ord(c)-48
    assert int(s)==v and int("-"+s)==-v and int(" +"+s+"\n")==v, s
for s in ["","-","1_000","_1","1__0","1_","12a","١٢","0x10","99999999999999999999_1","1 2", "0"*50, "-"+"0"*50, "9"*19, "9"*18, "1"+"0"*19, str(2**63), str(-2**63), str(2**64-1), str(2**64), "9"*640, "9"*641, "- 1", "+-1"]:
    try: r=int(s)
    except ValueError as e: r=e
    print(s, r)
class I(int): pass
print(math.prod([]), math.prod([1.5,2]), math.prod([2,3,1.5,2**80]), math.prod([2**62,2,3.0]), math.prod([True,I(3),2]), math.prod([1,"a"]), math.prod([0.0,-1]), math.prod([1],start=2.5), math.prod([[1],2] if 0 else [2],start=[1]), type(math.prod([], start=I(4))), type(math.prod([1], start=I(4))))
print(math.prod([-0.0]), math.prod([float('inf'),0]), math.gcd(), math.gcd(-6), math.gcd(I(-6)), type(math.gcd(I(6))), type(math.gcd(True)), math.gcd(6,0,-4), math.lcm(4,6))
print(type(math.perm(I(5),1)), type(math.perm(I(2**70),1)), math.perm(2**70,2), math.comb(2**70,2), math.comb(2**70,2**70-1))
for f in (lambda: math.prod(5), lambda: math.gcd(1.5), lambda: math.gcd(2,'a'), lambda: math.comb(-1,2), lambda: math.comb(2,-1), lambda: math.perm(2**70,2**65), lambda: math.comb(2**70,2**65), lambda: math.factorial(2**63), lambda: math.factorial(-1), lambda: math.factorial(1.0), lambda: math.prod(iter(int, 1) if 0 else (1/0 for i in [1])), lambda: math.prod((1.0 if i else 1/0) for i in (1,1,0))):
    try: print(f())
    except Exception as e: print(type(e), e)
