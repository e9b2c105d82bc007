"""numeric: integers of hundreds of digits."""
def run():
    a, b = 0, 1
    for _ in range(8000):
        a, b = b, a + b
    power = pow(3, 5000) // 7 ** 1000 % (10 ** 300 + 7)
    return a % 1_000_000_007, len(str(power)), int("123456789" * 60) % 997
