# Binary trees of 2-tuples, depth 15, 40 times: allocation and young collections.
import time
def tree(depth):
    return (tree(depth - 1), tree(depth - 1)) if depth else (None, None)
start = time.perf_counter()
for _ in range(40):
    tree(15)
print("%.3f s" % (time.perf_counter() - start))
