# One place that appends to lists and to what is like a list.
import array, collections
class Derived(list):
    pass
class Own(list):
    def append(self, item): super().append(("own", item))
class Other:
    def append(self, item): print("other", item)
def add(o, item):
    o.append(item)
    return o
def value(o, item):
    return o.append(item)
for _ in range(4):
    for o in ([], [1], Derived(), Own(), array.array("i"), collections.deque(), bytearray(), Other()):
        print(type(add(o, 65)).__name__, value(o, 66), o if not isinstance(o, Other) else None)
def method(o, name, item):
    return getattr(o, name)(item)
long = []
for i in range(1000):
    add(long, i)
print(len(long), long[-1], sum(long))
def remove(o, item):
    o.remove(item)
    o.append(item)
    o.extend([item])
    o.remove(item)
for i in range(20):
    remove(long, i)
print(len(long), long[:3], long[-3:])
loop = [0]
for x in loop:
    if x < 50:
        loop.append(x + 1)
print(len(loop))
for f in (lambda: [].append(), lambda: [].append(1, 2), lambda: [].append(item=1)):
    for _ in range(3):
        try:
            f()
        except TypeError as e:
            print(e)
