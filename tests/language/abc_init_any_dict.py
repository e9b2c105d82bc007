import _abc, abc, collections.abc

def pairs(items):
    class Dict:
        def items(self):
            return items
    class Odd:
        __dict__ = Dict()
    try:
        _abc._abc_init(Odd())
    except (TypeError, AttributeError) as e:
        print(e)
for items in [1, 2], [(1,)], [(1, 2, 3)], [None], [[1, 2]], [], 'ab', ('ab', 'cd'):
    pairs(items)

for children in [1, 2], 5, [int, None]:
    class Meta(abc.ABCMeta):
        def __subclasses__(cls):
            return children
        def __subclasscheck__(cls, other):
            return False
    class K(metaclass=Meta):
        pass
    print(collections.abc.Sequence.register(K).__name__)
