def f(*, a=1, b=2):
    return (a, b)

class S(str):

    def __hash__(s):
        f.__kwdefaults__ = None
        return hash('a')

    def __eq__(s, o):
        f.__kwdefaults__ = None
        f.__kwdefaults__ = {}
        return False
f.__kwdefaults__ = {S('a'): 1, 'b': 3}
for i in range(3):
    try:
        f()
    except TypeError as e:
        print(e)
