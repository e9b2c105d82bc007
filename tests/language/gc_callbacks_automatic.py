# gc.callbacks run around collections that nobody asked for, too: as often as a small threshold asks, not while gc is
# disabled, and before the frame object that was about to be made.
import gc
import sys

seen = []


def callback(phase, info):
    seen.append(phase)
    assert sorted(info) == ["collected", "generation", "uncollectable"]


def allocate(count):
    return [[i] for i in range(count)]


def show(title):
    print(title, len(seen) > 1, set(seen) == {"start", "stop"}, seen[:4])
    seen.clear()


gc.callbacks.append(callback)
allocate(40000)
show("by default")

thresholds = gc.get_threshold()
gc.set_threshold(50)
for _ in range(40):
    allocate(1000)
print(len(seen) >= 40)
show("often")

gc.disable()
allocate(40000)
print("disabled", seen)
gc.set_threshold(0)
gc.enable()
allocate(40000)
print("no threshold", seen)
gc.callbacks.remove(callback)
gc.set_threshold(*thresholds)


def frames():
    def trace(frame, event, arg):
        pass

    def look(phase, info):
        nonlocal found
        found = sys._getframe().f_back
        gc.callbacks.remove(look)

    def generate():
        while True:
            yield

    found = None
    gc.disable()
    g = generate()
    next(g)
    gc.collect()
    gc.set_threshold(1, 0, 0)
    sys.settrace(trace)
    gc.callbacks.append(look)
    gc.enable()
    next(g)
    sys.settrace(None)
    gc.set_threshold(*thresholds)
    # with -X gc-stress it may have come a call earlier
    print(found is g.gi_frame or found is sys._getframe(), g.gi_frame.f_code.co_name)


frames()


def failing(phase, info):
    raise ValueError(phase)


def hook(unraisable):
    print("unraisable", repr(unraisable.exc_value), unraisable.object is failing)
    gc.callbacks.clear()


sys.unraisablehook = hook
gc.callbacks.append(failing)
allocate(40000)
