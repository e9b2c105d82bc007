# A fork gives pages that hold nothing back to the system: what lies beside them stays, in parent and child.
import gc
import os
import threading

SIZES = (0, 3, 17, 60, 250, 1200, 5000)


def make(i):
    n = SIZES[i % len(SIZES)]
    return [i, bytes([i % 251]) * n, [i] * (n % 70), {k: i for k in range(n % 40)}, str(i) * (n % 9), float(i), 1 << (i % 300)]


def whole(kept):
    return all(kept[i] == make(i) for i in kept)


def holes(step):
    everything = [make(i) for i in range(500)]
    return {i: everything[i] for i in range(0, 500, step)}


def in_child(kept):
    pid = os.fork()
    if not pid:
        status = 1
        try:
            more = holes(17)
            status = 0 if whole(kept) and whole(more) else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


for step in 7, 31, 151:
    kept = holes(step)
    print(step, in_child(kept), whole(kept))
    gc.collect()
    print(step, in_child(kept), in_child(kept), whole(kept))
    more = holes(step + 1)
    print(step, whole(kept), whole(more))

going, damaged = True, []


def work():
    while going:
        if not whole(holes(37)):
            damaged.append(threading.current_thread())


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
kept = holes(5)
print([in_child(kept) for _ in range(5)], whole(kept))
going = False
for thread in threads:
    thread.join()
print(damaged)
