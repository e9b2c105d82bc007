"""What is stored into an object that survived a collection survives the next one, wherever it lies."""
import gc


class Record:
    pass


def fill(count):
    return [{"number": i, "text": str(i)} for i in range(count)]


record = Record()
for i in range(60):
    setattr(record, f"field{i}", [i])
gc.collect()
for i in range(60):
    setattr(record, f"field{i}", [i, str(i)])
gc.collect(0)
garbage = fill(20000)
print(all(getattr(record, f"field{i}") == [i, str(i)] for i in range(60)))

grown = [Record() for _ in range(50)]
for count in range(30):
    gc.collect()
    for member in grown:
        setattr(member, f"added{count}", [count])
    gc.collect(0)
    garbage = fill(500)
print(all(getattr(member, f"added{i}") == [i] for member in grown for i in range(30)))

cls = type("Changing", (), {})
other = type("Other", (), {"value": 1})
gc.collect()
cls.__bases__ = (other,) if cls.__bases__ != (object,) else cls.__bases__
cls.__doc__ = "a text " + str(record.field3)
gc.collect(0)
garbage = fill(20000)
print(cls.__mro__, cls.__doc__)

items = [None] * 100000
table = dict.fromkeys(range(1000))
gc.collect()
for i in range(0, 100000, 997):
    items[i] = [i]
for i in range(0, 1000, 7):
    table[i] = [i]
gc.collect(0)
garbage = fill(20000)
print(all(items[i] == [i] for i in range(0, 100000, 997)), all(table[i] == [i] for i in range(0, 1000, 7)))
