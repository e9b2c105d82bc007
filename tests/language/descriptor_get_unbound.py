# __get__ is called as the type has it, with the descriptor as its first argument: it is not bound.
class Builtin:
    __get__ = max


class Static:
    __get__ = staticmethod(lambda *arguments: len(arguments))
    __set__ = staticmethod(lambda *arguments: print(len(arguments)))


class ByClass:
    __get__ = classmethod(lambda *arguments: len(arguments))


class Owner:
    static = Static()
    by_class = ByClass()


print(Owner.static, Owner().static)
Owner().static = 1
try:
    Owner.by_class
except TypeError as error:
    print(error)

# Counts of keywords are checked before their names.
for call in (lambda: min(1, a=1, b=2, c=3), lambda: ImportError(a=1, b=2, c=3), lambda: NameError(a=1, b=2),
             lambda: AttributeError(1, a=1, b=2, c=3), lambda: max(1, a=1), lambda: ImportError(b=2)):
    try:
        call()
    except TypeError as error:
        print(error)
