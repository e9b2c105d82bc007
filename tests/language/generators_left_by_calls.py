# A generator that nobody but the evaluation stack refers to ends with the call, the comparison or the unpacking that it is for.
import gc
import sys

kept = []


def count(n, name="count"):
    try:
        for i in range(n):
            yield i
    finally:
        print("end of", name)


class Table:
    def rows(self):
        try:
            yield 1
            yield 2
        finally:
            print("end of rows")

    def __getitem__(self, key):
        return count(key, "item")


def keep(iterator):
    kept.append(iterator)
    return next(iterator)


def calls():
    print(next(count(3)), next(count(3), None), next(Table().rows()))
    print(any(count(3)), all(count(3)), max(count(3)), min(count(3), default=7))
    print(2 in count(4), 9 in count(4), 2 not in count(4))
    try:
        a, b = count(7)
    except ValueError as error:
        print(error)
    try:
        () = count(2)
    except ValueError as error:
        print(error)
    a, b = count(2)
    try:
        sum(strange(), 1)
    except TypeError as error:
        print(error)
    try:
        min(strange())
    except TypeError as error:
        print(error)


def strange():
    try:
        yield 1
        yield "a"
        yield 2
    finally:
        print("end of strange")


def comprehensions():
    print(any(x for x in count(3)))
    print(next(x for x in Table().rows()))
    print(next((x for x in count(4, "inner") if x > 1), None))
    print(any(x for x in (y for y in count(5, "innermost"))))
    print(2 in (x * 2 for x in count(5)))


def kept_ones():
    "What somebody else refers to goes on."
    print(keep(count(3, "kept")))
    generator = count(3, "named")
    print(next(generator), any(generator), next(generator, "over"))
    it = (x for x in count(3, "of a named expression"))
    print(next(it), next(it))
    print(list(it))
    print(next(iter(keep_and_give(count(3, "given")))))
    print(next(kept[1]), next(kept[0]))
    kept[0].close(), kept[1].close()
    del kept[:]


def keep_and_give(iterator):
    kept.append(iterator)
    return iterator


def exposed():
    "Whoever gets hold of it while it runs has it afterwards."
    def shown():
        try:
            kept.append(next(o for o in gc.get_objects() if getattr(o, "gi_code", None) is shown.__code__))
            yield 1
            yield 2
        finally:
            print("end of shown")

    print(next(shown()))
    print(next(kept[0]))
    kept.pop().close()

    def look(x):
        kept.append(sys._getframe(1).f_locals[".0"])
        return x

    print(any(look(x) for x in count(5, "seen")), len(kept))
    print(next(kept[-1]))
    kept.pop().close()
    kept.clear()


def ignores():
    while True:
        try:
            yield 1
        except GeneratorExit:
            print("ignored")
            yield 2


def raises():
    try:
        yield 1
    finally:
        1 / 0


def unraisable():
    sys.unraisablehook = lambda args: print("unraisable", args.exc_type.__name__, args.exc_value)
    try:
        print(next(raises()))
        try:
            raise KeyError(1)
        except KeyError:
            print(any(raises()), sys.exc_info()[1])
        print(sum(ignores_once(), 1))
    finally:
        sys.unraisablehook = sys.__unraisablehook__


def ignores_once():
    try:
        yield 1
    except GeneratorExit:
        yield 2


def events():
    seen = []

    def tracer(frame, event, argument):
        if frame.f_code.co_name in ("count", "traced", "<genexpr>"):
            seen.append((frame.f_code.co_name, event, frame.f_lineno - first))
        return tracer

    def traced():
        for x in count(3, "loop"):
            break
        any(x for x in count(2, "call"))
        1 in count(3, "in")
        return next(count(2, "next"))

    first = traced.__code__.co_firstlineno
    sys.settrace(tracer)
    traced()
    sys.settrace(None)
    return seen


for repeat in range(3):
    calls()
    comprehensions()
    kept_ones()
    exposed()
    unraisable()
    print(events())
