"""numeric: floating point arithmetic in local variables."""
def run():
    x, y, total = 0.5, 0.25, 0.0
    for i in range(300_000):
        x = x * 3.7 * (1.0 - x)
        y = y * 0.5 + x * 0.5
        total += x - y
    return repr(total)
