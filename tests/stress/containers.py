"""Sixteen threads read and write one list, dict, set, deque, instance, class and generator, while collections are forced.

Usage: containers.py [SECONDS [THREADS]]

What holds is what CPython's lock gives to programs: no crash, no broken container, no lost update. Every
subject runs for its share of the time; each checks values that can only be right if no update was lost. Prints
a line a subject and ends with status 1 if one of them failed.
"""
import collections
import gc
import itertools
import random
import sys
import threading
import time
import traceback

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 10
THREADS = int(sys.argv[2]) if len(sys.argv) > 2 else 16
SUBJECTS = []


def subject(function):
    SUBJECTS.append(function)
    return function


def together(seconds, *works):
    """Runs the works, each in its own threads, until the time is over; what they return, flat."""
    end, failures, results = time.monotonic() + seconds, [], []
    barrier = threading.Barrier(THREADS + 1)

    def run(number):
        rng, mine, turns = random.Random(number), [], 0
        work = works[number % len(works)]
        barrier.wait()
        try:
            while time.monotonic() < end and not failures:
                work(rng, mine, turns)
                turns += 1
        except BaseException:
            failures.append(traceback.format_exc())
        results.append((number, turns, mine))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    barrier.wait()
    while any(thread.is_alive() for thread in threads):
        gc.collect(0 if random.random() < 0.8 else 2)
        time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    return sorted(results)


@subject
def list_appends_and_pops(seconds):
    """What was appended is popped exactly once or is still there."""
    shared = []

    def append(rng, mine, turn):
        item = (id(mine), turn)
        shared.append(item)
        mine.append(("in", item))
        if turn % 200 == 199:
            time.sleep(0)

    def pop(rng, mine, turn):
        try:
            mine.append(("out", shared.pop() if turn % 3 else shared.pop(0)))
        except IndexError:
            pass

    results = together(seconds, append, pop, append, pop)
    moves = [move for _, _, mine in results for move in mine]
    put = [item for way, item in moves if way == "in"]
    got = [item for way, item in moves if way == "out"]
    assert len(got) == len(set(got)), "popped twice"
    assert sorted(put) == sorted(got + shared), (len(put), len(got), len(shared))


@subject
def list_everything(seconds):
    """All other methods: the items stay whole."""
    shared = [(n, n) for n in range(50)]

    def write(rng, mine, turn):
        n = rng.randrange(1000)
        way = rng.randrange(12)
        try:
            if way == 0:
                shared.append((n, n))
            elif way == 1:
                shared.insert(n, (n, n))
            elif way == 2:
                shared.extend([(n, n)] * 5)
            elif way == 3:
                shared[n % 20] = (n, n)
            elif way == 4:
                shared[5:9] = [(n, n)] * rng.randrange(8)
            elif way == 5:
                del shared[n % 30]
            elif way == 6:
                shared.reverse()
            elif way == 7:
                shared.sort()
            elif way == 8:
                shared.remove((n, n))
            elif way == 9:
                shared[:] = shared[:60]
            elif way == 10:
                shared.__imul__(2) if len(shared) < 100 else shared.__delitem__(slice(20, None))
            else:
                shared.clear()
                shared.extend((i, i) for i in range(30))
        except (IndexError, ValueError):
            pass

    def read(rng, mine, turn):
        for a, b in shared:
            assert a == b
        for copy in (shared[:], shared[::-2], shared + [(1, 1)], list(shared), tuple(shared), shared * 2, shared.copy()):
            for a, b in copy:
                assert a == b
        try:
            a, b = shared[rng.randrange(40)]
            assert a == b
        except IndexError:
            pass
        (5, 5) in shared, shared.count((6, 6)), shared == [(1, 1)], len(shared), repr(shared[:3])
        # A sort that sees the list changed says so.
        try:
            sorted(shared, key=lambda p: p[0])
        except ValueError:
            pass

    together(seconds, write, read, write)


@subject
def dict_updates(seconds):
    """Each thread's own keys have what it wrote last; shared keys have what somebody wrote."""
    shared = {}

    def work(rng, mine, turn):
        if not mine:
            mine.append({})
        own, key = mine[0], (id(mine), rng.randrange(300))
        way = rng.randrange(10)
        if way < 3:
            shared[key] = own[key] = turn
        elif way == 3:
            assert shared.pop(key, None) == own.pop(key, None)
        elif way == 4:
            assert shared.setdefault(key, turn) == own.setdefault(key, turn)
        elif way == 5:
            assert shared.get(key) == own.get(key)
            assert (key in shared) == (key in own)
        elif way == 6:
            common = rng.randrange(50)
            shared[common] = (common, turn)
        elif way == 7:
            common = rng.randrange(50)
            value = shared.get(common)
            assert value is None or value[0] == common
            shared.pop(common, None)
        elif way == 8:
            extra = {(id(mine), 1000 + i): turn for i in range(5)}
            shared.update(extra)
            own.update(extra)
        else:
            try:
                for k, v in shared.items():
                    assert type(k) is tuple or v[0] == k, (k, v)
            except RuntimeError as error:
                assert "changed" in str(error), error

    results = together(seconds, work)
    for _, _, mine in results:
        for key, value in (mine[0] if mine else {}).items():
            assert shared[key] == value
    copy = dict(shared)
    assert copy == shared and len(copy) == len(list(shared)) == len(shared)


@subject
def dict_setdefault_once(seconds):
    """All threads agree which value setdefault put there."""
    shared, seen = {}, collections.defaultdict(list)

    def work(rng, mine, turn):
        mine.append((turn, shared.setdefault(turn, object())))
        if turn > 3000:
            time.sleep(0.01)

    for _, _, mine in together(seconds, work):
        for key, value in mine:
            assert shared[key] is value


@subject
def set_updates(seconds):
    shared = set()

    def work(rng, mine, turn):
        if not mine:
            mine.append(set())
        own, key = mine[0], (id(mine), rng.randrange(300))
        way = rng.randrange(8)
        if way < 3:
            shared.add(key)
            own.add(key)
        elif way == 3:
            shared.discard(key)
            own.discard(key)
        elif way == 4:
            assert (key in shared) == (key in own)
        elif way == 5:
            shared.update({str(turn % 40), turn % 30})
        elif way == 6:
            shared.discard(str(turn % 40))
            len(shared | {1}), len(shared & own), shared >= own, shared.copy()
        else:
            try:
                for k in shared:
                    assert type(k) in (tuple, str, int)
            except RuntimeError as error:
                assert "changed" in str(error), error

    results = together(seconds, work)
    for _, _, mine in results:
        own = mine[0] if mine else set()
        assert own <= shared
        assert {k for k in shared if type(k) is tuple and k[0] == id(mine)} == own


@subject
def deque_moves(seconds):
    shared = collections.deque()

    def put(rng, mine, turn):
        item = (id(mine), turn)
        (shared.append if turn % 2 else shared.appendleft)(item)
        mine.append(("in", item))

    def get(rng, mine, turn):
        try:
            mine.append(("out", shared.pop() if turn % 2 else shared.popleft()))
        except IndexError:
            pass

    def look(rng, mine, turn):
        shared.rotate(rng.randrange(-5, 5))
        len(shared), shared.copy() if turn % 50 == 0 else 0
        try:
            for a, b in itertools.islice(shared, 40):
                assert type(a) is int
            shared[0]
        except (RuntimeError, IndexError):
            pass
        if turn % 20 == 0:
            time.sleep(0.001)

    results = together(seconds, put, get, put, get, look)
    moves = [move for _, _, mine in results for move in mine]
    put_in = [item for way, item in moves if way == "in"]
    got = [item for way, item in moves if way == "out"]
    assert len(got) == len(set(got)), "popped twice"
    assert sorted(put_in) == sorted(got + list(shared)), (len(put_in), len(got), len(shared))


class Instance:
    pass


@subject
def instance_attributes(seconds):
    """Own attributes keep what was written; many of them, so that the object changes its layout."""
    shared = Instance()

    def work(rng, mine, turn):
        if not mine:
            mine.append({})
        own, name = mine[0], f"a{id(mine)}_{rng.randrange(30)}"
        way = rng.randrange(6)
        if way < 3:
            setattr(shared, name, turn)
            own[name] = turn
        elif way == 3:
            if name in own:
                delattr(shared, name)
                del own[name]
        elif way == 4:
            assert getattr(shared, name, None) == own.get(name)
            shared.common = (turn, turn)
            try:
                a, b = shared.common
                assert a == b
            except AttributeError:
                pass
        else:
            try:
                for k, v in vars(shared).items():
                    assert type(k) is str and v is not None
            except RuntimeError as error:
                assert "changed" in str(error), error

    for _, _, mine in together(seconds, work):
        for name, value in (mine[0] if mine else {}).items():
            assert getattr(shared, name) == value


@subject
def instances_become_dicts(seconds):
    """New instances turn into dicts while attributes are added: what was stored is there."""
    state = [Instance()]

    def work(rng, mine, turn):
        thing, own = state[0], f"own{id(mine)}"
        for n in range(rng.randrange(25)):
            setattr(thing, f"n{n}", (n, n))
        setattr(thing, own, turn)
        if turn % 3 == 0:
            assert thing.__reduce_ex__(2)[2][own] == turn
        assert vars(thing)[own] == turn
        for value in list(vars(thing).values()):
            assert type(value) is int or value[0] == value[1]
        delattr(thing, own)
        assert own not in vars(thing)
        if turn % 5 == 0:
            state[0] = Instance()

    together(seconds, work)


@subject
def class_attributes(seconds):
    """Attributes, methods, bases and __class__ change while others look up and call."""
    class Base:
        def who(self):
            return "base"

    class Other(Base):
        def who(self):
            return "other"

    class Shared(Base):
        number = 0

    objects = [Shared() for _ in range(20)]

    def write(rng, mine, turn):
        way = rng.randrange(7)
        if way == 0:
            Shared.number = turn
        elif way == 1:
            Shared.who = lambda self, n=turn: f"own{n}"
        elif way == 2:
            try:
                del Shared.who
            except AttributeError:
                pass
        elif way == 3:
            Shared.__bases__ = (Other,) if turn % 2 else (Base,)
        elif way == 4:
            rng.choice(objects).__class__ = Other if turn % 2 else Shared
        elif way == 5:
            Shared.__add__ = lambda a, b: ("sum", b)
        else:
            setattr(Shared, f"x{turn % 100}", turn)
            type("New", (Shared,), {"who": Shared.who})()
        if turn % 10 == 0:
            time.sleep(0.001)

    def read(rng, mine, turn):
        for thing in objects:
            assert thing.who()[:3] in ("bas", "oth", "own")
            assert type(getattr(thing, "number", 0)) is int
            assert isinstance(thing, Base)
            try:
                assert thing + 1 == ("sum", 1)
            except TypeError:
                pass
        Shared.__mro__, dir(Shared) if turn % 100 == 0 else 0, Shared.__subclasses__()

    together(seconds, read, write, read, read)


@subject
def generator_steps(seconds):
    """Each number comes out once; a thread that meets the generator running is told so."""
    def count():
        n = 0
        while True:
            n += 1
            yield n

    shared, counter = count(), itertools.count()

    def work(rng, mine, turn):
        try:
            mine.append(next(shared) if turn % 2 else shared.send(None))
        except ValueError as error:
            assert "already executing" in str(error), error
        if turn > 50000:
            time.sleep(0.01)
        next(counter)

    results = together(seconds, work)
    values = [n for _, _, mine in results for n in mine]
    assert len(values) == len(set(values)), "a value came twice"
    assert sorted(values) == list(range(1, len(values) + 1)), "a value is missing"
    assert next(counter) == sum(turns for _, turns, _ in results)


@subject
def iterators_of_one_list(seconds):
    """One iterator in all threads: no item out of nowhere, and it ends."""
    def work(rng, mine, turn):
        mine.extend(itertools.islice(state[0], 20))
        if turn % 50 == 0:
            state[0] = rng.choice([iter(list(range(500))), iter(range(500)), zip(range(500)), map(str, range(500)),
                                   enumerate(range(500)), iter(dict.fromkeys(range(500))), reversed(list(range(99))),
                                   itertools.chain(range(100), range(50)), itertools.islice(itertools.cycle([1]), 300)])
        if len(mine) > 10000:
            mine.clear()

    state = [iter([])]
    together(seconds, work)


@subject
def whole_copies(seconds):
    """What reads a whole container in one call of C code sees it at one moment."""
    table, chosen = {n: n for n in range(100)}, set(range(100))
    queue, ordered = collections.deque(range(100)), collections.OrderedDict.fromkeys(range(100), 1)

    def write(rng, mine, turn):
        n = rng.randrange(100, 300)
        table[n] = n
        chosen.add(n)
        queue.append(n)
        ordered[n] = 1
        n = rng.randrange(100, 300)
        table.pop(n, None)
        chosen.discard(n)
        ordered.pop(n, None)
        if len(queue) > 150:
            queue.popleft()
        if turn % 100 == 0:
            time.sleep(0.001)

    reads = [lambda: list(table), lambda: list(table.items()), lambda: list(table.values()), lambda: tuple(table),
             lambda: sorted(table), lambda: sorted(table.items()), lambda: set(table), lambda: dict(table), lambda: table.copy(),
             lambda: [*table.values()], lambda: {**table}, lambda: table | table, lambda: list(chosen), lambda: tuple(chosen),
             lambda: sorted(chosen), lambda: set(chosen), lambda: frozenset(chosen), lambda: chosen | {1}, lambda: [*chosen],
             lambda: list(queue), lambda: tuple(queue), lambda: queue.copy(), lambda: collections.deque(queue),
             lambda: sorted(queue), lambda: repr(queue), lambda: repr(table), lambda: repr(chosen), lambda: len(queue + queue),
             lambda: list(ordered), lambda: list(ordered.items()), lambda: collections.OrderedDict(table),
             lambda: dict.fromkeys(chosen), lambda: sum(table.values()), lambda: max(chosen), lambda: min(table),
             lambda: any(x is None for x in ()) or all(list(queue)), lambda: max(queue), lambda: chosen == set(chosen),
             lambda: table == dict(table), lambda: list(table.keys()), lambda: tuple(table.items()), lambda: table.keys() | {5},
             lambda: chosen.union(table), lambda: collections.Counter(table.values()), lambda: list(map(str, list(table)))]

    def read(rng, mine, turn):
        which = rng.randrange(len(reads))
        try:
            reads[which]()
        except Exception as error:
            raise AssertionError(f"reader {which}") from error

    together(seconds, write, read, read)


@subject
def string_and_bytes_growth(seconds):
    """A bytearray under a lock-free crowd keeps its length and its bytes."""
    shared, count = bytearray(), itertools.count()

    def work(rng, mine, turn):
        way = rng.randrange(6)
        if way < 3:
            shared.extend(b"ab")
        elif way == 3:
            assert set(bytes(shared)) <= set(b"ab")
        elif way == 4:
            try:
                del shared[:2]
            except BufferError:
                pass
        else:
            with memoryview(shared) as view:
                assert len(view) % 2 == 0, len(view)
        if len(shared) > 5000:
            try:
                shared.clear()
            except BufferError:
                pass

    def extend(*a):
        try:
            work(*a)
        except BufferError:  # a view is open in another thread
            pass

    together(seconds, extend)


def main():
    passed = failed = 0
    sys.setswitchinterval(1e-5)
    for test in SUBJECTS:
        if len(sys.argv) > 3 and test.__name__ not in sys.argv[3:]:
            continue
        start = time.monotonic()
        try:
            test(SECONDS / len(SUBJECTS))
        except BaseException:
            failed += 1
            print(f"FAILED {test.__name__}")
            traceback.print_exc(file=sys.stdout)
        else:
            passed += 1
            print(f"{test.__name__}: passed ({time.monotonic() - start:.1f} s)", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(bool(failed) or not passed)


if __name__ == "__main__":
    main()
