"""dicts: counting, grouping, merging, iterating."""
def run():
    counts, groups = {}, {}
    for i in range(100_000):
        key = i * 7919 % 1013
        counts[key] = counts.get(key, 0) + 1
        if not i & 3:
            groups.setdefault(key % 17, []).append(i)
    total = 0
    for key, value in counts.items():
        total += key * value
    merged = {**counts, **{str(k): v for k, v in counts.items()}}
    for key in range(0, 1000, 2):
        del merged[key]
    return total, len(merged), sum(map(len, groups.values())), 3 in merged, merged.pop(5)
