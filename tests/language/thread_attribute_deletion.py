# Attributes that threads add to one object and take away again: each thread sees its own as it left them, none comes back,
# and what was taken away dies.
import gc
import threading
import weakref


class Shared:
    def __init__(self):
        self.kept = "kept"
        self.other = 0


class Value:
    pass


def in_threads(function, count=4):
    errors = []

    def run(k):
        try:
            function(k)
        except BaseException as error:
            errors.append(repr(error))

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(function.__name__, errors)


def own_names(k):
    # Few objects lose many attributes, many lose few.
    name = "name%d" % k
    for _ in range(300):
        o = shared[0]
        setattr(o, name, k)
        assert getattr(o, name) == k
        assert o.kept == "kept"
        delattr(o, name)
        assert not hasattr(o, name), name
        assert k != 3 or name not in vars(o)
        if k == 0:
            shared[0] = Shared()


def own_objects(k):
    for i in range(2000):
        o = Shared()
        o.first = i
        o.second = k
        del o.kept, o.first
        o.kept = i
        assert (o.kept, o.second, o.other) == (i, k, 0)
        assert sorted(o.__dict__) == ["kept", "other", "second"]
        try:
            del o.first
        except AttributeError:
            pass
        else:
            assert False


def one_name(k):
    # Whatever the order, each deletion that succeeds takes one value away, and readers see a value or none.
    for i in range(2000):
        o = shared[i % 50]
        if k == 0:
            o.contended = i
        elif k == 1:
            try:
                del o.contended
            except AttributeError:
                pass
        else:
            value = getattr(o, "contended", None)
            assert value is None or value % 50 == i % 50, value
        assert o.kept == "kept"


def dying(k):
    for _ in range(100):
        o = Shared()
        o.value = Value()
        references[k].append(weakref.ref(o.value))
        del o.value
        kept[k].append(o)


def many_names(k):
    for _ in range(30):
        o = Shared()
        for i in range(40):
            setattr(o, "a%d" % i, i)
        for i in range(0, 40, 7 - k):
            delattr(o, "a%d" % i)
        o.last = k
        rest = [i for i in range(40) if i % (7 - k)]
        assert list(vars(o)) == ["kept", "other"] + ["a%d" % i for i in rest] + ["last"]
        assert [getattr(o, "a%d" % i) for i in rest] == rest


shared = [Shared()]
in_threads(own_names)
in_threads(own_objects)
shared = [Shared() for _ in range(50)]
in_threads(one_name)
for o in shared:
    if hasattr(o, "contended"):
        del o.contended
print(all(vars(o) == {"kept": "kept", "other": 0} for o in shared))
kept, references = [[] for _ in range(4)], [[] for _ in range(4)]
in_threads(dying)
gc.collect()
print(any(r() for part in references for r in part))
in_threads(many_names)
print(all(vars(o) == {"kept": "kept", "other": 0} for part in kept for o in part))
