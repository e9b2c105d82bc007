# Endless recursion in fifty traced threads with a limit that nobody reaches: the C stacks end first, within the trace
# function, too, which compares, sorts, hashes and looks up what calls back.
import ast
import json
import pickle
import sys
import threading

sys.setrecursionlimit(10**9)
threading.stack_size(256 * 1024)


class A:
    def __getattr__(self, name): return getattr(self, name + "x")
    def __repr__(self): return repr(self)
    def __hash__(self): return hash(self)
    def __eq__(self, other): return self == other
    def __lt__(self, other): return sorted([self, other])[0]
    def __call__(self, *_): return sorted([1], key=self)
    def __reduce__(self): return pickle.dumps(self)
    def __index__(self): return range(self)
    def __iter__(self): return iter(list(self))
    def __del__(self):
        try:
            json.dumps([self], default=lambda o: json.dumps([o], default=self))
        except RecursionError:
            pass


def tree():
    node = ast.Constant(1)
    for _ in range(5000):
        node = ast.UnaryOp(ast.USub(), node)
    return compile(ast.Expression(node), "", "eval")


CALLS = (lambda a: a.name, repr, hash, lambda a: a == A(), lambda a: a < A(), lambda a: a(), pickle.dumps, range, list,
         lambda a: tree(), lambda a: {a: 1}, lambda a: [a].index(A()), lambda a: json.dumps(a, default=lambda o: json.dumps(o, default=a)))
count = [0]
deep = threading.local()


def trace(frame, event, argument):
    count[0] += 1
    if count[0] % 1000 == 0 and not getattr(deep, "on", False):
        deep.on = True
        try:
            CALLS[count[0] % len(CALLS)](A())
        except Exception:
            pass
        deep.on = False
    return trace


def work(number):
    sys.settrace(trace if number % 2 else None)
    for _ in range(3):
        try:
            CALLS[(number + _) % len(CALLS)](A())
        except (RecursionError, MemoryError, TypeError):
            pass
    sys.settrace(None)


threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
