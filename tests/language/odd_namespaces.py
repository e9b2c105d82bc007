# A class body's namespace is taken in the order that the mapping itself has; types of which sys has the only
# instance make no others; counts of collections.
import collections
import gc
import sys

namespace = collections.OrderedDict([("a", 1), ("b", 2)])
namespace.move_to_end("a")
print([name for name in vars(type("C", (), namespace)) if not name.startswith("_")])

for value in (sys.flags, sys.version_info):
    for make in (type(value), lambda value: type(value).__new__(type(value), value)):
        try:
            make(value)
        except TypeError as error:
            print(error)

gc.collect()
counts = [gc.get_count()[1:]]
for generation in 0, 0, 1, 0, 2:
    gc.collect(generation)
    counts.append(gc.get_count()[1:])
print(counts)
