# Attributes that are added to an object one by one, with collections between, all stay.
import gc


class Thing:
    pass


thing = Thing()
for i in range(200):
    setattr(thing, f"attribute_{i}", [i] * 10)
    if i % 3 == 0:
        junk = [[n] for n in range(100)]
        gc.collect(0)
    if i % 40 == 0:
        junk = [str(n) * 20 for n in range(120000)]
print(all(getattr(thing, f"attribute_{i}") == [i] * 10 for i in range(200)), len(vars(thing)))
