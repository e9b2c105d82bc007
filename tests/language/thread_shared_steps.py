# What one call of a C function does to an object that threads share is one step: no update lost, no item given twice.
import threading, itertools, collections, heapq, bisect, io, random, array, functools, sys, string, operator, queue, csv, re, struct
N, K = 1200, 4
def run(f,k=K):
    go=threading.Event(); errs=[]
    def w(i):
        go.wait()
        try: f(i)
        except BaseException as e: errs.append(repr(e))
    ts=[threading.Thread(target=w,args=(i,)) for i in range(k)]
    for t in ts:t.start()
    go.set()
    for t in ts:t.join()
    return errs
def check(name, ok, *info):
    print(name, "ok" if ok else "BAD")
def shared(name, it, expect):
    got=[[] for _ in range(K)]
    def f(i):
        a=got[i].append
        while True:
            try: x=next(it)
            except StopIteration: return
            a(x)
    e=run(f); al=sorted(sum(got,[]))
    check("next "+name, al==sorted(expect) and not e, len(al), len(expect), e[:1])
L=list(range(N))
shared("list", iter(L), L)
shared("range", iter(range(N)), L)
shared("longrange", iter(range(10**20,10**20+N)), list(range(10**20,10**20+N)))
shared("tuple", iter(tuple(L)), L)
shared("dict", iter(dict.fromkeys(L)), L)
shared("dict.items", iter({i:0 for i in L}.items()), [(i,0) for i in L])
shared("set", iter(set(L)), L)
shared("enumerate", enumerate(L), list(enumerate(L)))
shared("zip", zip(L,range(N)), list(zip(L,L)))
shared("map", map(str,L), [str(i) for i in L])
shared("filter", filter(None,L), L[1:])
shared("reversed", reversed(L), L)
shared("count", itertools.islice(itertools.count(),N), L)
shared("chain", itertools.chain(L,L), L+L)
shared("islice", itertools.islice(L,5,N,3), L[5:N:3])
shared("repeat", itertools.repeat(7,N), [7]*N)
shared("product", itertools.product(range(30),range(30)), list(itertools.product(range(30),range(30))))
shared("permutations", itertools.permutations(range(6)), list(itertools.permutations(range(6))))
shared("combinations", itertools.combinations(range(11),4), list(itertools.combinations(range(11),4)))
shared("accumulate", itertools.accumulate([1]*N), list(range(1,N+1)))
shared("pairwise", itertools.pairwise(L), list(itertools.pairwise(L)))
shared("zip_longest", itertools.zip_longest(L,L), list(zip(L,L)))
shared("compress", itertools.compress(L,[1,0]*(N//2)), L[::2])
shared("starmap", itertools.starmap(operator.add,zip(L,L)), [2*i for i in L])
shared("takewhile", itertools.takewhile(bool,[1]*N), [1]*N)
shared("dropwhile", itertools.dropwhile(operator.not_,[1]*N), [1]*N)
shared("str", iter("ab"*N), list("ab"*N))
shared("bytes", iter(b"ab"*N), list(b"ab"*N))
shared("deque", iter(collections.deque(L)), L)
shared("array", iter(array.array('i',L)), L)
shared("StringIO", iter(io.StringIO("".join(f"{i}\n" for i in L))), [f"{i}\n" for i in L])
shared("BytesIO", iter(io.BytesIO(b"".join(b"%d\n"%i for i in L))), [b"%d\n"%i for i in L])
shared("finditer", map(operator.methodcaller("group"),re.finditer(r"\d+"," ".join(map(str,L)))), [str(i) for i in L])
shared("iter_unpack", struct.iter_unpack("i",array.array('i',L).tobytes()), [(i,) for i in L])
shared("csv", map(operator.itemgetter(0), csv.reader([str(i) for i in L])), [str(i) for i in L])
c=itertools.count()
def f(i):
    for _ in range(N): next(c)
run(f); check("count", next(c)==N*K)
c=itertools.cycle([1,2,3]); tot=[0]*K
def f(i):
    s=0
    for _ in range(900): s+=next(c)
    tot[i]=s
run(f); check("cycle", sum(tot)==1800*K, sum(tot))
l=[]; e=run(lambda i:[l.append(j) for j in range(N)]); check("list.append", len(l)==N*K and not e,len(l),e)
l=[]; e=run(lambda i:[l.extend((j,j)) for j in range(N)]); check("list.extend", len(l)==2*N*K and not e)
l=[]; e=run(lambda i:[l.insert(0,j) for j in range(300)]); check("list.insert", len(l)==300*K and not e)
l=[]
def f(i):
    global l
    for j in range(N): l+=[j]
e=run(f); check("list +=", len(l)==N*K,len(l))
l=list(range(N*K)); got=[[] for _ in range(K)]
def f(i):
    while True:
        try: got[i].append(l.pop())
        except IndexError: return
e=run(f); check("list.pop", sorted(sum(got,[]))==list(range(N*K)))
l=[i%K for i in range(800)]
def f(i):
    for j in range(200): l.remove(i)
e=run(f); check("list.remove", l==[] and not e, len(l), e[:1])
l=[]; e=run(lambda i:[heapq.heappush(l,(j*7919+i)%100003) for j in range(N)])
a=[heapq.heappop(l) for _ in range(len(l))]; check("heappush", a==sorted((j*7919+i)%100003 for j in range(N) for i in range(K)) and not e, len(a), e[:1])
l=list(range(N*K)); got=[[] for _ in range(K)]
def f(i):
    while True:
        try: got[i].append(heapq.heappop(l))
        except IndexError: return
e=run(f); check("heappop", sorted(sum(got,[]))==list(range(N*K)) and not e, len(sum(got,[])), e[:1])
l=[]; e=run(lambda i:[bisect.insort(l,(j*7919+i)%100003) for j in range(300)]); check("insort", l==sorted((j*7919+i)%100003 for j in range(300) for i in range(K)) and not e, len(l), e[:1])
cn=collections.Counter(); w=[str(j%50) for j in range(N)]
e=run(lambda i:cn.update(w)); check("Counter.update", sum(cn.values())==N*K and not e, sum(cn.values()),e[:1])
d={}; e=run(lambda i:[d.setdefault(j,[]).append(i) for j in range(N)]); check("setdefault", all(len(v)==K for v in d.values()) and not e)
d=collections.defaultdict(list); e=run(lambda i:[d[j].append(i) for j in range(N)]); check("defaultdict", all(len(v)==K for v in d.values()), sum(map(len,d.values())))
d={j:j for j in range(N)}; got=[[] for _ in range(K)]
def f(i):
    while True:
        try: got[i].append(d.popitem()[0])
        except KeyError: return
e=run(f); check("popitem", sorted(sum(got,[]))==L and not e,e)
s=set(L); got=[[] for _ in range(K)]
def f(i):
    while True:
        try: got[i].append(s.pop())
        except KeyError: return
e=run(f); check("set.pop", sorted(sum(got,[]))==L and not e,e)
q=collections.deque(L); got=[[] for _ in range(K)]
def f(i):
    while True:
        try: got[i].append(q.popleft() if i%2 else q.pop())
        except IndexError: return
e=run(f); check("deque.pop", sorted(sum(got,[]))==L and not e,e)
q=collections.deque(range(100))
def f(i):
    for j in range(N): q.rotate(1 if i%2 else -1)
e=run(f); check("deque.rotate", list(q)==list(range(100)) and not e, list(q)[:4])
q=collections.deque(); e=run(lambda i:[q.extend((j,j)) for j in range(N)]); check("deque.extend", len(q)==2*N*K)
b=bytearray(); e=run(lambda i:[b.append(i) for j in range(N)]); check("bytearray.append", len(b)==N*K)
b=bytearray(); e=run(lambda i:[b.extend(b"ab") for j in range(N)]); check("bytearray.extend", len(b)==2*N*K)
b=bytearray()
def f(i):
    global b
    for j in range(N): b+=b"ab"
e=run(f); check("bytearray +=", len(b)==2*N*K)
a=array.array('i'); e=run(lambda i:[a.append(j) for j in range(N)]); check("array.append", len(a)==N*K)
io_=io.StringIO(); e=run(lambda i:[io_.write("ab\n") for j in range(N)]); check("StringIO.write", io_.getvalue()=="ab\n"*(N*K))
io_=io.BytesIO(); e=run(lambda i:[io_.write(b"ab\n") for j in range(N)]); check("BytesIO.write", io_.getvalue()==b"ab\n"*(N*K))
raw=io.BytesIO(); t=io.TextIOWrapper(raw,encoding='utf-8'); e=run(lambda i:[t.write("ab\n") for j in range(N)]); t.flush(); check("TextIOWrapper.write", raw.getvalue()==b"ab\n"*(N*K) and not e, len(raw.getvalue()),e[:1])
raw=io.BytesIO(); t=io.BufferedWriter(raw); e=run(lambda i:[t.write(b"ab\n") for j in range(N)]); t.flush(); check("BufferedWriter.write", raw.getvalue()==b"ab\n"*(N*K) and not e, len(raw.getvalue()),e[:1])
io_=io.StringIO(); cw=csv.writer(io_); e=run(lambda i:[cw.writerow((1,"a")) for j in range(N)]); check("csv.writerow", io_.getvalue()=="1,a\r\n"*(N*K) and not e, len(io_.getvalue()), e[:1])
od=collections.OrderedDict((j,0) for j in range(100)); e=run(lambda i:[od.move_to_end(j%100) for j in range(N)]); check("OrderedDict.move_to_end", sorted(od)==list(range(100)) and not e, e[:1])
od=collections.OrderedDict(); e=run(lambda i:[od.__setitem__(j*K+i,0) for j in range(N)]); check("OrderedDict.set", sorted(od)==list(range(N*K)) and not e, e[:1])
calls=[]
@functools.lru_cache(maxsize=None)
def fn(x): calls.append(x); return x
e=run(lambda i:[fn(j) for j in range(N)]); check("lru_cache", not e and fn.cache_info().currsize==N)
@functools.lru_cache(maxsize=50)
def fn2(x): return x
def f(i):
    for j in range(N):
        if fn2(j%97)!=j%97: raise ValueError
e=run(f); ci=fn2.cache_info(); check("lru_cache(50)", not e and ci.hits+ci.misses==N*K and ci.currsize==50, ci, e[:1])
sq=queue.SimpleQueue(); e=run(lambda i:[sq.put(j) for j in range(N)]); check("SimpleQueue", sq.qsize()==N*K)
r=random.Random(1); e=run(lambda i:[r.random() for j in range(N)]); check("random", not e)
x=[0]*100
def f(i):
    for j in range(N): x.reverse()
e=run(f); check("reverse", not e)
s=set(); e=run(lambda i:[s.add(j*K+i) for j in range(N)]); check("set.add", len(s)==N*K)
s=set(range(N*K)); e=run(lambda i:[s.discard(j*K+i) for j in range(N)]); check("set.discard", len(s)==0)
d={}; e=run(lambda i:[d.update({j*K+i:1}) for j in range(N)]); check("dict.update", len(d)==N*K)
d={}; e=run(lambda i:[d.__setitem__(j*K+i,1) or d.pop(j*K+i) for j in range(N)]); check("dict.pop", len(d)==0 and not e, e[:1])
class C: pass
o=C(); e=run(lambda i:[setattr(o,f"a{j%300}_{i}",j) for j in range(N)]); check("setattr", len(vars(o))==300*K and not e,len(vars(o)))
l=[]; e=run(lambda i:[l.sort() or l.append(j) for j in range(50)]); check("sort+append", not [x for x in e if "modified during" not in x], e[:1])
l=list(range(1000)); 
def f(i):
    for j in range(500):
        l[j%900:j%900+3]=[1,2,3]
e=run(f); check("slice assign", len(l)==1000 and not e,len(l))
l=list(range(1000)); e=run(lambda i:[l.__setitem__(j%1000, l) for j in range(N)]); check("setitem", len(l)==1000)
shared("csv rows of two lines", map(tuple, csv.reader(['a,"b\n', 'c",d\n'] * N)), [("a", "b\nc", "d")] * N)
