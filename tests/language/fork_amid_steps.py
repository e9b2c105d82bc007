# Forks amid steps, sorts and generators of a program with threads: the child goes on alone, starts threads and forks again.
import os, threading, itertools, functools, io
def wait(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
stop = threading.Event()
t = threading.Thread(target=stop.wait); t.start()
def in_child(work):
    pid = os.fork()
    if pid:
        return wait(pid)
    try:
        work()
    except BaseException as e:
        os.write(1, (repr(e) + "\n").encode())
        os._exit(1)
    return None
def threads_work():
    out = []
    ts = [threading.Thread(target=out.append, args=(i,)) for i in range(4)]
    for t in ts: t.start()
    for t in ts: t.join()
    assert sorted(out) == [0, 1, 2, 3]
    assert in_fork_again() == 0
def in_fork_again():
    pid = os.fork()
    if pid == 0:
        os._exit(0 if sum(range(10)) == 45 else 1)
    return wait(pid)
state = {"pid": None}
def forks(result):
    """Forks once: the parent waits; the child goes on with what called this."""
    if state["pid"] is None:
        state["pid"] = os.fork()
        if state["pid"]:
            state["code"] = wait(state["pid"])
    return result
def case(name, run):
    state["pid"] = None
    value = run()
    if state["pid"] == 0:
        ok = True
        try:
            threads_work()
            value2 = run()
            ok = value2 == value
        except BaseException as e:
            os.write(1, (name + repr(e) + "\n").encode()); ok = False
        os._exit(0 if ok else 3)
    print(name, value, state["code"])
class Key:
    def __init__(self, n): self.n = n
    def __hash__(self): return forks(hash(self.n) % 3)
    def __eq__(self, other): return forks(self.n == other.n)
    def __lt__(self, other): return forks(self.n < other.n)
    def __index__(self): return forks(self.n)
    def __iter__(self): return iter([forks(self.n)])
def gen():
    for i in range(3):
        yield forks(i)
case("sort", lambda: [k.n for k in sorted(map(Key, [3, 1, 2]))])
def in_place():
    l = [3, 1, 2]; l.sort(key=forks); return l
case("sort in place", in_place)
case("dict", lambda: sorted(k.n for k in {Key(i): i for i in range(5)}))
case("dict update", lambda: len({Key(1): 1} | {Key(1): 2, Key(4): 3}))
case("set", lambda: len({Key(1), Key(1), Key(4)} | {Key(7)} & {Key(7), Key(1)}))
case("generator", lambda: list(gen()))
case("zip map", lambda: list(zip(map(forks, [1, 2]), itertools.count(), gen())))
case("tee groupby", lambda: [list(map(list, itertools.tee(gen()))), [(k, list(g)) for k, g in itertools.groupby([1, 1, 2], forks)]])
case("reduce", lambda: functools.reduce(lambda a, b: forks(a + b), range(4)))
case("slice", lambda: [1, 2, 3, 4][Key(1):Key(3)])
case("bytes", lambda: bytearray(b"abc").find(Key(98)))
case("extend", lambda: (lambda l: (l.extend(gen()), l.index(2), l)[1:])([9]))
@functools.lru_cache(maxsize=2)
def cached(n): return forks(n + 1)
case("lru_cache", lambda: [cached(n) for n in (1, 2, 3, 1)])
class Raw(io.RawIOBase):
    def readable(self): return True
    def readinto(self, b):
        forks(0); b[:1] = b"x"; return 1
case("buffered", lambda: io.BufferedReader(Raw()).read(3))
lock = threading.RLock()
def locked():
    with lock: return forks(1)
case("lock", locked)
stop.set(); t.join()
