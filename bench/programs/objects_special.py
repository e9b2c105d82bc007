"""objects: operators, comparisons, properties, slots, super and isinstance."""
class Base:
    __slots__ = ("value",)
    def __init__(self, value):
        self.value = value
    def __add__(self, other):
        return type(self)(self.value + other.value)
    def __lt__(self, other):
        return self.value < other.value
    def __eq__(self, other):
        return isinstance(other, Base) and self.value == other.value
    def __hash__(self):
        return hash(self.value)
    @property
    def double(self):
        return self.value * 2

class Derived(Base):
    __slots__ = ()
    def __init__(self, value):
        super().__init__(value)

def run():
    items = [Derived(i * 7919 % 1009) for i in range(6000)]
    items.sort()
    total = Derived(0)
    for item in items:
        total = total + item
    return total.double, len(set(items)), items[17] == items[18], sum(item.double for item in items)
