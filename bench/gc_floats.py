# A loop that allocates a float or two per iteration and keeps none.
import time
def run(n):
    x = 0.5
    for _ in range(n):
        x = x * 1.0000001 + 0.25
    return x
start = time.perf_counter()
run(10_000_000)
print("%.3f s" % (time.perf_counter() - start))
