# A finished generator gives up its frame: what its locals held lives on only in the frame object.
import gc, sys, weakref
class Thing: pass
def fails(x):
    yield 1
    raise IndexError
def handles(x):
    try:
        yield 1
        raise IndexError
    except IndexError:
        return
def look(x):
    yield sys._getframe()
for function in fails, handles, look:
    thing = Thing()
    generator = function(thing)
    frames = []
    try:
        for item in generator:
            frames.append(item)
    except IndexError as error:
        frames = [error.__traceback__.tb_next.tb_frame]
    reference = weakref.ref(thing)
    del thing
    gc.collect()
    print(function.__name__, generator.gi_frame, reference() is not None)
    frame = frames[0]
    if frame != 1:
        print(sorted(frame.f_locals), frame.f_lineno - frame.f_code.co_firstlineno, frame.f_back is not None)
        frame.clear()
        print(frame.f_locals)
    del frame, frames
    gc.collect()
    print(reference() is None)
suspended = look(Thing())
frame = next(suspended)
frame.clear()
print(sorted(frame.f_locals), suspended.gi_frame)
started = look(1)
frame = started.gi_frame
frame.clear()
print(frame.f_locals, started.gi_frame, list(started))
