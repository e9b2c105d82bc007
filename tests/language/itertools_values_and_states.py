# Every iterator of itertools: its values, its copies and its pickling state.
import itertools as I


def show(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e)


def rest(it, n=8):
    return [x for x, _ in zip(it, range(n))]


def both(it, skip=2):
    for _ in range(skip):
        next(it, None)
    try:
        r = it.__reduce__()
        copy = r[0](*r[1])
        if len(r) > 2 and r[2] is not None:
            copy.__setstate__(r[2])
    except (AttributeError, TypeError) as e:
        print(type(e).__name__, e)
        copy = []
    a = rest(copy)
    print(type(it).__name__, a)


both(I.accumulate([1, 2, 3, 4]))
both(I.accumulate([1, 2, 3, 4], lambda a, b: a * b, initial=10))
both(I.accumulate([1, 2], initial=10), 0)
both(I.chain("abc", "de"))
both(I.chain.from_iterable(["abc", "de"]), 4)
both(I.compress("abcdef", [1, 0, 1, 1, 0, 1]))
both(I.count(10))
both(I.count(1.5, 0.5))
both(I.count(2**70, -3))
both(I.cycle("abc"), 5)
both(I.dropwhile(lambda x: x < 3, [1, 2, 3, 1, 4, 5, 0]), 1)
both(I.takewhile(lambda x: x < 3, [1, 2, 3, 1]), 1)
both(I.filterfalse(lambda x: x % 2, range(10)))
both(I.filterfalse(None, [0, 1, "", 2]), 1)
both(I.islice(range(20), 3, 15, 4), 1)
both(I.islice(range(20), 5), 2)
both(I.repeat("x", 5))
both(I.repeat("x"))
both(I.starmap(pow, [(2, 3), (3, 2), (10, 2)]), 1)
both(I.zip_longest("abc", "d", fillvalue="-"), 1)
both(I.product("ab", range(2)), 1)
both(I.product("ab", repeat=2), 0)
both(I.permutations("abc"), 2)
both(I.permutations("abcd", 2), 3)
both(I.combinations("abcd", 2), 2)
both(I.combinations_with_replacement("abc", 2), 2)
print(list(I.pairwise("abcd")), list(I.pairwise("a")), list(I.product()), list(I.product("ab", [])), list(I.permutations("ab", 3)))
print([(k, list(g)) for k, g in I.groupby("aabbbca")], [(k, list(g)) for k, g in I.groupby(range(7), lambda x: x // 3)])
g = I.groupby("aab")
k1, g1 = next(g)
k2, g2 = next(g)
print(k1, list(g1), k2, list(g2))
a, b, c = I.tee(iter(range(150)), 3)
print(sum(a), rest(b), sum(c), rest(b, 3), I.tee("ab", 0))
print(rest(a.__copy__()), rest(b.__copy__(), 2), rest(b, 2))
print(I.count(3), I.count(3, 2), I.repeat(1, 2), I.repeat(None))
print(len(list(I.permutations(range(5)))), len(list(I.combinations(range(8), 3))), list(I.combinations("abc", 3)))
for f, args in ((I.islice, ("ab", -1)), (I.islice, ("ab", 1, 0, 0)), (I.islice, ("ab",)), (I.islice, ("ab", "x", 3)), (I.repeat, ()), (I.count, ("a",)),
                (I.combinations, ("ab", -1)), (I.permutations, ("ab", "c")), (I.permutations, ("ab", -1)), (I.tee, ("a", -1)),
                (I.chain, (5,)), (I.cycle, ()), (I.cycle, (5,)), (I.starmap, (1,)), (I.accumulate, (5,)), (I.groupby, ()),
                (I.combinations, ("ab",)), (I.compress, ("ab",)), (I.zip_longest, (5,))):
    show(lambda: list(f(*args)))
show(lambda: I.product("ab", repeat=-1))
show(lambda: I.product("ab", x=1))
show(lambda: I.zip_longest("ab", x=1))
show(I.repeat("x", 3).__length_hint__)
show(I.repeat("x").__length_hint__)
