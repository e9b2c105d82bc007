# A code site that met a class does not keep it alive, nor what was found in it.
import gc, weakref
def report(name, *references):
    gc.collect()
    print(name, [reference() is None for reference in references])
def load():
    for i in range(3):
        class A:
            table = {}
        for j in range(i * 10):
            A.table
        reference = weakref.ref(A)
        del A
        report("load", reference)
def call():
    for i in range(3):
        class A:
            def __init__(self, x):
                self.x = x
            def method(self):
                return self.x
        for j in range(i * 10 + 1):
            a = A(j)
            assert a.method() == a.x == j
        references = [weakref.ref(o) for o in (A, A.method, A.__init__, a)]
        del A, a
        report("call", *references)
def inner():
    for i in range(3):
        def f(x):
            return x
        for j in range(20):
            f(j)
        reference = weakref.ref(f)
        del f
        report("inner", reference)
load(); call(); inner()
# A class that becomes a descriptor later.
class Descriptor: pass
class C:
    x = Descriptor()
    def __init__(self):
        self.x = 1
def get(o):
    return o.x
c = C()
print([get(c) for i in range(100)][-1])
Descriptor.__get__ = lambda self, instance, owner: 2
print(get(c))
setattr(Descriptor, "".join(["__se", "t__"]), lambda *args: None)
print(get(c), type(get(C)) is int)
Descriptor.__set__ = None
del Descriptor.__set__
print(get(c))
