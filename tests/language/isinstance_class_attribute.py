# isinstance() asks for `__class__` when the type does not say yes, also where that was the type a moment ago.
class Plain:
    pass


class Number:
    @property
    def __class__(self):
        return int


class Constant:
    __class__ = float


class Text:
    def __getattribute__(self, name):
        return str if name == "__class__" else object.__getattribute__(self, name)


class Odd:
    __class__ = "no class"


class Failing:
    @property
    def __class__(self):
        raise ZeroDivisionError("asked")


class Changing(Plain):
    pass


class Below(Changing):
    pass


def often(o, cls):
    try:
        for _ in range(50):
            result = isinstance(o, cls)
        return result
    except ZeroDivisionError as e:
        return e


a, b = Changing(), Below()
for base in Plain, Number, Plain, Constant, Plain, Text, Odd, Failing, Plain:
    Changing.__bases__ = (base,)
    print(base.__name__, [often(o, cls) for o in (a, b) for cls in (int, float, (bytes, str), Plain, Changing, Below)])
Changing.__getattribute__ = Text.__getattribute__
print([often(o, cls) for o in (a, b) for cls in (str, int)])
del Changing.__getattribute__
print([often(o, cls) for o in (a, b) for cls in (str, int)])
