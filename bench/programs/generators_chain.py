"""generators: pipelines, yield from, send."""
def numbers(n):
    for i in range(n):
        yield i

def squares(source):
    for value in source:
        yield value * value

def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)

def averager():
    total = count = 0
    while True:
        value = yield total
        count += 1
        total += value

def run():
    a = averager()
    next(a)
    for i in range(30_000):
        last = a.send(i)
    return sum(squares(x for x in numbers(60_000) if x & 1)), sum(tree(11)), last
