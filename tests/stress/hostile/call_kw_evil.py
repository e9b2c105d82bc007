class K(str):

    def __hash__(s):
        d.clear()
        return str.__hash__(s)

    def __eq__(s, o):
        d.clear()
        return True
d = {K('a'): 1, K('b'): 2}

def f(a=1, b=2, **k):
    return k
for i in range(5):
    d = {K('a'): 1, K('b'): 2, 'zz': 4}
    try:
        print(len(f(**d)) < 5)
    except (TypeError, RuntimeError) as e:
        print(type(e))
