"""A trace function that called code sets begins at the next event of the frame that called, whatever instruction that was."""
import sys


def tr(frame, event, argument):
    print(frame.f_code.co_name, frame.f_lineno, event)
    return tr


def start(key=0):
    caller = sys._getframe(1)
    while caller.f_code.co_name != "fn":
        caller.f_trace = tr
        caller = caller.f_back
    caller.f_trace = tr
    sys.settrace(tr)
    return True


sys.breakpointhook = start


class A:
    def begin(self, *arguments):
        start()
        return True

    __bool__ = __eq__ = __add__ = __getitem__ = __contains__ = __call__ = begin
    __setitem__ = __delitem__ = begin
    p = property(begin)

    def __len__(self): start(); return 1
    def __hash__(self): start(); return 1
    def __getattr__(self, name): start(); return 1
    def __setattr__(self, name, value): start()
    def __delattr__(self, name): start()
    def __format__(self, spec): start(); return ""
    def __str__(self): start(); return ""
    def __iter__(self): start(); return iter(())
    def __enter__(self): start()
    def __exit__(self, *arguments): pass


class B:
    def __init__(self): start()


a = A()
sources = [
    'breakpoint()', 'breakpoint();y=2', 'len(a)', 'len(a)\n y=2\n z=3', 'a+1', 'a[1]', 'a[1]=2', 'del a[1]', 'a.zz',
    'a.x=2\n y=2', 'del a.x', 'a.p', 'not a', '1 if a else 2', 'a and 1', 'a or 1', 'a==1', '{a}', '{a:1}', '[*a]',
    'x,*y=a,;a+1', 'f"{a}"', 'str(a)', '1 in a', 'a()', 'a(*[1])', 'a(**{})', 'B()', 'with a: pass', 'while a: break',
    'for i in a: pass', 'getattr(a,"zz")', 'hash(a)', '[i for i in a]', 'list(map(a,[1]))', 'sorted([1],key=start)',
    'max([1],key=start)', 'yield a+1', 'return not a', 'assert a', 'try:\n  len(a)\n finally:\n  pass',
    'try:\n  a+1\n  1/0\n except ZeroDivisionError: pass', 'lambda: a; a+1', 'x=(yield); a+1',
]
for source in sources:
    print("--", source)
    namespace = {"a": a, "B": B, "start": start}
    exec("def fn():\n " + source + "\n", namespace)
    for turn in range(3):  # also where an instruction has learned its types
        result = namespace["fn"]()
        if hasattr(result, "__next__"):
            list(result)
        sys.settrace(None)
