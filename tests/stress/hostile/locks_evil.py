import _thread, threading, gc
l = _thread.allocate_lock()
for f in (lambda: l.release(), lambda: l.acquire(timeout=-5), lambda: l.acquire(False, 5), lambda: l.acquire(timeout=2 ** 70),
        lambda: l.acquire(timeout=float('nan')), lambda: _thread.RLock().release(), lambda: _thread.RLock()._release_save(),
        lambda: _thread.RLock()._acquire_restore(5), lambda: _thread.RLock()._acquire_restore((2 ** 62, 5)),
        lambda: _thread.RLock()._acquire_restore(('a',)), lambda: threading.Condition().notify(), lambda: threading.Semaphore(-1),
        lambda: _thread.start_new_thread(5, ()), lambda: _thread.start_new_thread(int, 5), lambda: _thread.start_new_thread(int, (), 5),
        lambda: threading.Thread.__new__(threading.Thread).start(), lambda: threading.Thread(target=5).start(),
        lambda: threading.Barrier(0), lambda: threading.main_thread().join(), lambda: threading.current_thread().join(),
        lambda: threading.Thread().join(), lambda: threading.Timer(2 ** 70, int).start() if 0 else 0):
    try:
        f()
    except BaseException as e:
        print(type(e).__name__)

class L:
    pass
loc = threading.local()

def w():

    class D:

        def __del__(s):
            try:
                loc.x = D() if n.append(1) or len(n) < 30 else 1
            except Exception:
                pass
    loc.x = D()
    loc.__dict__['y'] = D()
n = []
for i in range(10):
    t = threading.Thread(target=w)
    t.start()
    t.join()
gc.collect()
print('ok')

class Loc(threading.local):

    def __init__(s):
        s.__init__ if 0 else None
        s.a = 1
        raise ValueError if threading.current_thread() is not threading.main_thread() else s
try:
    Loc()
except TypeError:
    pass

class Loc2(threading.local):

    def __init__(s):
        s.q
try:
    Loc2()
except (RecursionError, AttributeError) as e:
    print(type(e).__name__)
