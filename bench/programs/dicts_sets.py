"""dicts: sets, membership, set algebra, tuples as keys."""
def run():
    a, b = set(range(0, 30_000, 2)), set(range(0, 30_000, 3))
    both, either, one = a & b, a | b, a ^ b
    hits = 0
    for i in range(60_000):
        if i in both:
            hits += 1
    grid = {(x, y): x ^ y for x in range(120) for y in range(120)}
    return hits, len(either), len(one), sum(grid[x, x + 1] for x in range(119)), frozenset("abc") <= set("abcd")
