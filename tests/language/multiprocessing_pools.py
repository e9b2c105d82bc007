import multiprocessing as mp, os, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
def sq(x): return x*x
def work(n):
    s=0
    for i in range(n): s+=i*i
    return s
def child(q, l):
    with l: q.put(('hi', os.getpid()!=os.getppid()))
if __name__ == '__main__':
    for method in ('fork','spawn','forkserver'):
        c=mp.get_context(method)
        with c.Pool(2) as p: print(method, p.map(sq, range(10)))
        q=c.Queue(); l=c.Lock(); pr=c.Process(target=child,args=(q,l)); pr.start(); print(q.get(timeout=20)); pr.join(); print(pr.exitcode)
    a,b=mp.Pipe(); a.send([1,'x']); print(b.recv())
    with ProcessPoolExecutor(2) as ex: print(list(ex.map(sq, range(5))))
    with ThreadPoolExecutor(2) as ex: print(list(ex.map(sq, range(5))))
    s=mp.Semaphore(2); print(s.acquire(), s.acquire(), s.acquire(False)); s.release(); r=mp.RLock(); print(r.acquire(), r.acquire()); r.release(); r.release()
    e=mp.Event(); print(e.wait(0.01)); e.set(); print(e.is_set())
    with mp.Manager() as m: d=m.dict(); d['a']=1; print(dict(d))
