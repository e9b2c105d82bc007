"""dicts: lists and sorting."""
def run():
    values = [i * 7919 % 50_021 for i in range(40_000)]
    names = [str(v) for v in values]
    values.sort()
    names.sort(key=len)
    names.sort(key=lambda s: s[-1], reverse=True)
    stack = []
    for v in values:
        stack.append(v)
        if v % 3 == 0:
            stack.pop()
    return values[:3], names[:3], len(stack), sum(values[100:20_000:7]), values.index(49_999), list(reversed(stack))[:2]
