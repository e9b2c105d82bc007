"""numeric: loops over small integers."""
def run():
    total = 0
    for i in range(300_000):
        total += i * 3 - (i >> 2)
        if i & 7 == 3:
            total ^= i
    n, steps = 97, 0
    for n in range(1, 3000):
        while n != 1:
            n = n * 3 + 1 if n & 1 else n // 2
            steps += 1
    return total, steps
