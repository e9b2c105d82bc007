"""Random operations on containers of ints: writes them, and what this Python makes of them.

Usage: containers_ops.py SEED COUNT RANGE KINDS OPERATIONS EXPECTED   (KINDS of the letters L, D, S)
"""
import math
import random
import sys

seed, count, limit, kinds = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
rng = random.Random(seed)
lists, dicts, sets = [[] for _ in range(4)], [{} for _ in range(4)], [set() for _ in range(4)]
operations, expected = open(sys.argv[5], "w"), open(sys.argv[6], "w")
NONE = 999999


def emit(op, o, a=0, b=0, c=0, d=0):
    operations.write(f"{op} {o} {a} {b} {c} {d}\n")


def say(*words):
    expected.write(" ".join(map(str, words)) + "\n")


def do_list(o, x):
    l = lists[o]
    op = rng.choice(["app"] * 6 + ["ins"] * 4 + ["pop"] * 6 + "ext set set del del get rev sort sort mul cnt fill".split())
    a, b = [rng.choice([NONE, rng.randrange(-30, 30)]) for _ in "ab"]
    step, d = rng.choice([NONE, 1, 1, 2, -1, -3, 3]), rng.randrange(4)
    if len(l) > 400:
        op, a, b, step = "del", 5, NONE, 1
    s = slice(*[None if v == NONE else v for v in (a, b, step)])
    if op == "app":
        emit("Lapp", o, x); l.append(x)
    elif op == "ins":
        i = rng.randrange(-20, 20); emit("Lins", o, i, x); l.insert(i, x)
    elif op == "pop":
        i = rng.choice([-1, rng.randrange(-20, 20)]); emit("Lpop", o, i)
        say(l.pop(i) if -len(l) <= i < len(l) else -1)
    elif op == "ext":
        emit("Lext", o, d); l.extend(lists[d])
    elif op == "set":
        emit("Lset", o, a, b, step, d)
        try:
            l[s] = lists[d]
        except ValueError:
            pass
    elif op == "del":
        emit("Ldel", o, a, b, step); del l[s]
    elif op == "get":
        emit("Lget", o, a, b, step, d); l = lists[d] = l[s]
    elif op == "rev":
        emit("Lrev", o); l.reverse()
    elif op == "sort":
        m, r = rng.choice([0, 0, 7, -1, 50]), rng.randrange(2); emit("Lsort", o, r, m)
        l.sort(key=None if m == 0 else (lambda v: -v) if m < 0 else (lambda v: int(math.fmod(v, m))), reverse=bool(r))
    elif op == "mul":
        m = rng.randrange(0, 4); emit("Lmul", o, m); l *= m
    elif op == "cnt":
        emit("Lcnt", o, x); say(int(x in l))
    elif op == "fill":
        n, y = rng.choice([10, 100, 300]), rng.randrange(10000); emit("Lfill", o, n, y, limit)
        for _ in range(n):
            y = (y * 1103515245 + 12345) & 0xffffffff
            l.append((y >> 8) % limit)
    say("L", *l)


def do_dict(o, x, i):
    d, a = dicts[o], rng.randrange(4)
    op = rng.choice(["set"] * 40 + ["del"] * 25 + ["get"] * 15 + "pop sdf pit cpy upd".split() * 6 + ["clr"])
    emit("D" + op, o, a if op in ("cpy", "upd") else x, i % 1000)
    if op == "set":
        d[x] = i % 1000
    elif op == "del":
        say(int(x in d)); d.pop(x, None)
    elif op == "get":
        say(d.get(x, -1))
    elif op == "pop":
        say(d.pop(x, -1))
    elif op == "sdf":
        say(d.setdefault(x, i % 1000))
    elif op == "pit" and d:
        say(*d.popitem())
    elif op == "cpy":
        d = dicts[o] = dicts[a].copy()
    elif op == "upd":
        d.update(dicts[a])
    elif op == "clr":
        d.clear()
    say("D", *[f"{k}:{v}" for k, v in d.items()])


def do_set(o, x):
    s, a, b = sets[o], rng.randrange(4), rng.randrange(4)
    op = rng.choice(["add"] * 40 + ["dis"] * 25 + ["pop"] * 10 +
                    "upd udl udd cpy or and sub xor ior iand isub ixor".split() * 5 + ["clr"])
    emit("S" + op, o, x if op in ("add", "dis") else a, b)
    if op == "add":
        s.add(x)
    elif op == "dis":
        say(int(x in s)); s.discard(x)
    elif op == "pop" and s:
        say(s.pop())
    elif op in ("upd", "udl", "udd"):
        s.update({"upd": sets, "udl": lists, "udd": dicts}[op][a])
    elif op == "cpy":
        s = sets[o] = set(sets[a])
    elif op in ("or", "and", "sub", "xor"):
        x, y = sets[a], sets[b]
        s = sets[o] = x | y if op == "or" else x & y if op == "and" else x - y if op == "sub" else x ^ y
    elif op == "ior":
        s |= sets[a]
    elif op == "iand":
        s &= sets[a]
    elif op == "isub":
        s -= sets[a]
    elif op == "ixor":
        s ^= sets[a]
    elif op == "clr":
        s.clear()
    say("S", *s)


for i in range(count):
    kind, o, x = rng.choice(kinds), rng.randrange(4), rng.randrange(-limit // 4, limit)
    do_list(o, x) if kind == "L" else do_dict(o, x, i) if kind == "D" else do_set(o, x)
