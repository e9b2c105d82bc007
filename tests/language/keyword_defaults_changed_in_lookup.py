# Looking a keyword-only default up may run Python code, which may drop the defaults that were found before.
import gc


class Key:
    def __hash__(self):
        return hash("b")

    def __eq__(self, other):
        (f.__kwdefaults__ or {}).pop("a", None)
        gc.collect()
        [[-1] for _ in range(5000)]
        return False


def f(*, a, b):
    return a, b


def call():
    return f()


for i in range(30):
    f.__kwdefaults__ = {"a": [i], Key(): 1, "b": 3}
    print(call())
