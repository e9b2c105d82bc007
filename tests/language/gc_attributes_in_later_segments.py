# Attributes of an old object that lie in a segment which is made later stay alive.
import gc
import weakref


class Owner:
    def __init__(self, n):
        for i in range(n):
            setattr(self, f"early{i}", i)


class Value:
    pass


owners = [Owner(n) for n in range(4, 20)]
gc.collect()
references = []
for owner in owners:
    for i in range(12):
        value = Value()
        setattr(owner, f"late{i}", value)
        references.append(weakref.ref(value))
value = None
junk = [[i] for i in range(200000)]
print(sum(r() is None for r in references))
