"""Nanoseconds of single kinds of instructions: statements repeated without a loop, the best of many rounds.

bench.py runs it as one of its groups; the best round is what comes out alike on a busy machine, which lets
`make bench-compare` see a change of one opcode.
"""
import json
import sys
import time

COPIES = 100
SETUP = """
class C:
    def __init__(self): self.x = 1
    def method(self): return self
    def __enter__(self): return self
    def __exit__(self, *a): return None
    slot = 1
def f(): return 1
def g(a, b=2): return a
def gen():
    while True: yield 1
def closure(cell):
    def inner(): return cell
    return inner
i, j, x, y, s, t, d, l, o, n, b = 3, 5, 1.5, 2.5, "ab", (1, 2), {"a": 1, 2: 3}, [1, 2, 3], C(), None, True
it = gen()
h = closure(3)
"""
STATEMENTS = {
    "LOAD_FAST STORE_FAST": "k = i",
    "LOAD_CONST": "k = 7",
    "LOAD_GLOBAL": "k = C",
    "LOAD_GLOBAL (builtin)": "k = len",
    "BINARY_OP + int": "k = i + j",
    "BINARY_OP * float": "k = x * y",
    "BINARY_OP + str": "k = s + s",
    "BINARY_OP // int": "k = j // i",
    "BINARY_OP & int": "k = i & j",
    "BINARY_OP += int": "i += 0",
    "UNARY_NEGATIVE": "k = -i",
    "UNARY_NOT": "k = not i",
    "COMPARE_OP int": "k = i < j",
    "COMPARE_OP float": "k = x < y",
    "COMPARE_OP str": "k = s == 'cd'",
    "IS_OP": "k = n is i",
    "CONTAINS_OP list": "k = 2 in l",
    "CONTAINS_OP dict": "k = 2 in d",
    "POP_JUMP_FORWARD_IF_FALSE": "k = j if b else i",
    "BINARY_SUBSCR list": "k = l[1]",
    "BINARY_SUBSCR tuple": "k = t[1]",
    "BINARY_SUBSCR dict": "k = d['a']",
    "STORE_SUBSCR list": "l[1] = i",
    "STORE_SUBSCR dict": "d[2] = i",
    "BINARY_SLICE list": "k = l[1:2]",
    "LOAD_ATTR instance": "k = o.x",
    "LOAD_ATTR class": "k = o.slot",
    "STORE_ATTR": "o.x = i",
    "LOAD_METHOD CALL": "k = o.method()",
    "CALL Python function": "k = f()",
    "CALL with default": "k = g(i)",
    "CALL with keyword": "k = g(a=i)",
    "CALL_FUNCTION_EX": "k = g(*t)",
    "CALL class": "k = C()",
    "CALL len": "k = len(l)",
    "CALL isinstance": "k = isinstance(i, int)",
    "CALL str method": "k = s.upper()",
    "CALL list.append": "l.append(i)",
    "LOAD_DEREF": "k = h()",
    "BUILD_TUPLE": "k = (i, j)",
    "BUILD_LIST": "k = [i, j]",
    "BUILD_MAP": "k = {i: j}",
    "BUILD_SET": "k = {i, j}",
    "BUILD_STRING FORMAT_VALUE": "k = f'{i}{s}'",
    "UNPACK_SEQUENCE": "k, m = t",
    "SWAP": "i, j = j, i",
    "FOR_ITER list": "for k in t: pass",
    "FOR_ITER range": "for k in range(3): pass",
    "FOR_ITER generator": "k = next(it)",
    "LIST_APPEND": "k = [m for m in t]",
    "MAKE_FUNCTION": "k = lambda: 1",
    "LOAD_BUILD_CLASS": "class K: pass",
    "RAISE_VARARGS": "try: raise ValueError\nexcept ValueError: pass",
    "try (nothing raised)": "try: k = i\nexcept ValueError: pass",
    "BEFORE_WITH": "with o: pass",
    "IMPORT_NAME": "import sys",
}


def indent(text):
    return "".join(f"    {line}\n" for line in text.splitlines())


def compile_statement(statement):
    lines = SETUP.strip().splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("i, j"))
    namespace = {}
    exec("\n".join(lines[:start]), namespace)
    source = "def timed(clock):\n" + indent("\n".join(lines[start:])) + "    begin = clock()\n" + \
        indent("\n".join([statement] * COPIES)) + "    return clock() - begin\n"
    exec(compile(source, "opcodes", "exec"), namespace)
    return namespace["timed"]


def main(seconds):
    # Wall time even where the programs count processor time: that clock is too coarse for microseconds, of which the best count.
    clock, functions = time.perf_counter, {k: compile_statement(v) for k, v in STATEMENTS.items()}
    best = dict.fromkeys(functions, 1e9)
    rounds, end = 0, clock() + seconds
    while clock() < end or rounds < 3:
        rounds += 1
        for name, function in functions.items():
            best[name] = min(best[name], *[function(clock) for _ in range(20)])
    json.dump({name: value / COPIES * 1e9 for name, value in best.items()}, sys.stdout)


if __name__ == "__main__":
    main(float(sys.argv[1]))
