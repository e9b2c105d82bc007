"""numeric: matrix product with lists of lists."""
def run():
    n = 60
    a = [[i * j % 7 + 1.0 for j in range(n)] for i in range(n)]
    b = [[i + j for j in range(n)] for i in range(n)]
    c = [[0.0] * n for _ in range(n)]
    for i in range(n):
        row, out = a[i], c[i]
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += row[k] * b[k][j]
            out[j] = total
    return repr(sum(map(sum, c)))
