"""memory: what a million small things take (the peak counts)."""
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

def run():
    points = [Point(i, float(i)) for i in range(100_000)]
    table = {f"key{i}": (i, [i]) for i in range(100_000)}
    return sum(p.x for p in points), len(table), sum(v[0] for v in table.values())
