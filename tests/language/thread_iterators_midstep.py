# A second thread may come to an iterator while the thread that made it is amid a step: each item comes out once, in one piece.
import itertools
import threading

N = 400


def run(it, threads=4):
    got = []
    start = threading.Barrier(threads)

    def work():
        start.wait()
        got.append([item for item in it])

    others = [threading.Thread(target=work) for _ in range(threads - 1)]
    for thread in others:
        thread.start()
    work()
    for thread in others:
        thread.join()
    return sorted(itertools.chain.from_iterable(got))


pairs = [(i, i) for i in range(N)]
for name, make, expected in [
    ("enumerate", lambda: enumerate(range(N)), pairs),
    ("zip", lambda: zip(range(N), range(N)), pairs),
    ("zip of enumerates", lambda: zip(enumerate(range(N)), enumerate(range(N))), list(zip(pairs, pairs))),
    ("chain", lambda: itertools.chain(enumerate(range(N)), []), pairs),
    ("islice", lambda: itertools.islice(itertools.count(), N), list(range(N))),
    ("accumulate", lambda: itertools.accumulate(itertools.repeat(1, N)), list(range(1, N + 1))),
    ("product", lambda: itertools.product(range(20), repeat=2), [(i, j) for i in range(20) for j in range(20)]),
]:
    print(name, [round for round in range(15) if run(make()) != expected])
