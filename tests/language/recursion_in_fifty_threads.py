# Endless recursion of every kind ends in RecursionError, in fifty threads at once as well.
import ast, copy, functools, json, pickle, threading


class Endless:
    def __repr__(self): return repr(self)
    def __eq__(self, other): return self == other
    def __hash__(self): return hash(self)
    def __lt__(self, other): return self < other
    def __getattr__(self, name): return getattr(self, name + "x")
    def __reduce__(self): return (pickle.dumps(self), ())
    def __call__(self): return self()
    def __getitem__(self, key): return self[key]
    def __bool__(self): return bool(self)
    def __iter__(self): return iter(self)
    def __add__(self, other): return self + other
    def __contains__(self, item): return item in self
    def __len__(self): return len(self)
    def __format__(self, spec): return format(self, spec)
    def __index__(self): return [1][self]


def nested(make, start, depth=3000):
    for _ in range(depth):
        start = make(start)
    return start


def plain(): return plain()
def by_key(x): return sorted([2, 1], key=by_key)
def by_cmp(x, y=0): return sorted([2, 1], key=functools.cmp_to_key(by_cmp))
def generator(): yield from generator()
def encode(x): return json.dumps(x, default=encode)


e, lists, dicts = Endless(), nested(lambda x: [x], []), nested(lambda x: {"a": x}, {})
others = nested(lambda x: [x], [])
KINDS = {
    "python": plain, "key": lambda: by_key(1), "cmp": lambda: by_cmp(1), "yield from": lambda: list(generator()),
    "repr": lambda: repr(e), "==": lambda: e == e, "hash": lambda: hash(e), "<": lambda: e < 1,
    "getattr": lambda: e.a, "call": lambda: e(), "[]": lambda: e[0], "bool": lambda: bool(e),
    "iter": lambda: iter(e), "+": lambda: e + 1, "in": lambda: 1 in e, "len": lambda: len(e),
    "format": lambda: f"{e:x}", "index": lambda: [1][e], "set": lambda: {e}, "sort": lambda: sorted([e, e]),
    "repr of lists": lambda: repr(lists), "repr of dicts": lambda: repr(dicts), "== of lists": lambda: lists == others,
    "json.dumps": lambda: json.dumps(lists), "json.dumps of dicts": lambda: json.dumps(dicts),
    "json.dumps default": lambda: encode(object()), "json.loads": lambda: json.loads("[" * 5000),
    "pickle.dumps": lambda: pickle.dumps(lists), "pickle reduce": lambda: pickle.dumps(e),
    "deepcopy": lambda: copy.deepcopy(lists),
    "ast": lambda: ast.literal_eval("+".join(["1"] * 5000)), "compile": lambda: compile("-" * 5000 + "1", "", "eval"),
}
results, start = {}, threading.Barrier(50)
def run(number):
    start.wait()
    kinds = list(KINDS)
    for kind in kinds[number % len(kinds):] + kinds[:number % len(kinds)]:
        try:
            KINDS[kind]()
            result = "no exception"
        except (RecursionError, MemoryError) as error:
            result = type(error).__name__
        results.setdefault(kind, set()).add(result)
threads = [threading.Thread(target=run, args=(i,)) for i in range(50)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for kind in KINDS:
    print(kind, *sorted(results[kind]))
