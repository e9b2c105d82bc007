# Peak memory with about 300 MB alive and a steady exchange of what is alive.
import random, resource
random.seed(1)
n = 1_500_000
kept = [(i, str(i)) for i in range(n)]
for i in range(3 * n):
    kept[random.randrange(n)] = (i, str(i))
print("%d MB" % (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10))
