"""objects: data classes and named tuples."""
import dataclasses
import typing

@dataclasses.dataclass(order=True)
class Item:
    key: int
    name: str = "x"
    parts: list = dataclasses.field(default_factory=list)

class Pair(typing.NamedTuple):
    a: int
    b: int

def run():
    items = [Item(i * 31 % 101, str(i)) for i in range(4000)]
    items.sort()
    pairs = [Pair(i, i + 1) for i in range(8000)]
    return items[0].key, items[-1].name, sum(p.a * p.b for p in pairs), repr(items[5]), pairs[7]._replace(a=1)
