import typing, types
T = typing.TypeVar('T')

class O:

    def __eq__(s, o):
        raise ValueError

    def __hash__(s):
        raise ValueError
    __parameters__ = 5

    def __getitem__(s, k):
        return k

    def __or__(s, o):
        return NotImplemented
for f in (lambda: list[O()], lambda: list[O()][int], lambda: int | O(), lambda: O() | int, lambda: hash(list[O()]),
        lambda: list[O()] == list[O()], lambda: list[T][O()], lambda: int | list[O()] == int | str, lambda: types.GenericAlias(O(), O()),
        lambda: types.GenericAlias(int, (T,) * 1000)[int], lambda: list[T][T][T], lambda: isinstance(1, int | O()),
        lambda: isinstance(1, list[int]), lambda: types.GenericAlias(5, 5)(), lambda: types.GenericAlias(int, int).__mro_entries__(5),
        lambda: type('A', (list[int],), {}), lambda: list[*[T],],
        lambda: repr(types.GenericAlias(type('X', (), {'__qualname__': 5, '__module__': 5}) if 0 else list, (O, ..., [1]))),
        lambda: type(int | str)(), lambda: (int | str).__parameters__[5]):
    try:
        f()
    except Exception as e:
        pass
print('ok')
