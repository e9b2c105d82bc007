"""compile, eval, exec, open and settrace raise their audit events before they do anything; hooks are hidden."""
import gc
import sys

events = []
on = False


def hook(event, args):
    if on:
        events.append((event, *(type(a).__name__ if event in ("exec", "compile") and not isinstance(a, (bytes, str))
                                else a for a in args)))


sys.addaudithook(hook)
code = compile("1", "x", "eval")


def show(action):
    global on
    on = True
    try:
        action()
    except (OSError, ValueError) as error:
        result = type(error).__name__
    else:
        result = "done"
    on = False
    print(result, *events, sep="\n    ")
    events.clear()


show(lambda: eval(" 1"))
show(lambda: exec("1"))
show(lambda: eval(code))
show(lambda: compile("2", "f", "eval"))
show(lambda: compile(b"2", "f", "eval"))
show(lambda: open(1 << 20, "wb"))
show(lambda: open("nothing", "rb", closefd=False))
show(lambda: sys.settrace(None))
show(lambda: sys.setprofile(None))
print(any(hook in o for o in gc.get_objects() if type(o) in (list, tuple)))
