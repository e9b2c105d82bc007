# What only a name, a frame, a sort or a trace function held is finalized where that lets it go, as long as looking for it
# is cheap; what holds others, before them.
import sys
import weakref


class C:
    def __init__(self, name="C"):
        self.name = name

    def __del__(self):
        print("dead", self.name)


def behind_a_statement():
    c = C("behind a statement")
    print("before")
    c = None
    print("after")


behind_a_statement()


def nested():
    inner = None
    for i in range(5):
        outer = C(i)
        outer.inner = inner
        inner = outer
    outer = None
    del inner
    print("end")


nested()


def cleared_frame():
    def fails(**held):
        1 / 0

    class Watched:
        pass

    watched = Watched()
    ref = weakref.ref(watched)
    try:
        fails(a=1, watched=watched)
    except ZeroDivisionError as e:
        traceback = e.__traceback__
    del watched
    print(ref() is None)
    traceback.tb_next.tb_frame.clear()
    print(ref() is None)


cleared_frame()


def trace_functions():
    class Tracer:
        def __init__(self, set):
            self.set = set

        def __call__(self, *args):
            return None

        def __del__(self):
            try:
                self.set(None)
            except RuntimeError as e:
                sys.stdout.write(f"{e}\n")

    for set, get in (sys.settrace, sys.gettrace), (sys.setprofile, sys.getprofile):
        set(Tracer(set))
        set(trace_functions.other)
        found = get()
        set(None)
        print(found is trace_functions.other)


trace_functions.other = lambda *args: None
trace_functions()


def mutating_keys():
    data = list(range(10))

    class Key:
        def __init__(self, x):
            self.x = x

        def __del__(self):
            data[:] = range(20)

        def __lt__(self, other):
            return self.x < other.x

    try:
        data.sort(key=Key)
    except ValueError as e:
        print(e)


mutating_keys()


def stream_dropped_around_a_shared_buffer():
    import io
    buffered = open(__file__, "rb")
    standard = io.TextIOWrapper(buffered)

    def read_whole():
        stream = io.TextIOWrapper(buffered, encoding="utf-8")
        return len(stream.buffer.raw.readall())

    print(read_whole() > 1000, standard.closed, buffered.closed)
    with open(__file__, "rb") as buffered:
        first = io.TextIOWrapper(buffered)
        second = io.TextIOWrapper(buffered)
        print(first.closed, second.closed, buffered.closed, second.detach() is buffered)
        print(first.closed, len(first.readline()) > 0)


stream_dropped_around_a_shared_buffer()
