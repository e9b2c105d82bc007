# One place in a program that meets many kinds of objects finds in each what it would find alone.
class Slots:
    __slots__ = ("x", "late")
    def __init__(self, x): self.x = x

class Plain:
    def __init__(self, x): self.x = x

class Other:
    def __init__(self, x):
        self.pad = None
        self.x = x

class InClass:
    x = "class"

class Computed:
    @property
    def x(self): return "computed"

class Failing:
    @property
    def x(self): raise AttributeError("inner")

class Hook:
    def __getattr__(self, name): return "hook " + name

class Meta(type):
    x = "meta"
class WithMeta(metaclass=Meta):
    pass

def read(o):
    return o.x

def write(o, value):
    o.x = value

objects = [Slots(1), Plain(2), Other(3), InClass(), Computed(), Hook(), InClass, WithMeta]
for _ in range(5):
    print([read(o) for o in objects])
for _ in range(3):
    for o in objects[:3]:
        read(o)
print([read(o) for o in objects[:3] * 3])
for i in range(4):
    for o in objects[:4]:
        write(o, i)
    print([read(o) for o in objects[:4]], InClass.x)
for i in range(6):
    try:
        write(Computed(), 1)
    except AttributeError as e:
        print(e)
    try:
        read(Failing())
    except AttributeError as e:
        print(e, e.name, type(e.obj).__name__)

def late(o):
    return o.late
slots = Slots(0)
for i in range(6):
    try:
        late(slots)
    except AttributeError as e:
        print(e)
    slots.late = i
    print(late(slots))
    del slots.late

# What a site has learned ends when the class changes.
plain = Plain(5)
for i in range(4):
    print(read(plain), end=" ")
    if i == 1:
        Plain.x = property(lambda self: "now a property")
    if i == 2:
        Plain.x = "now a default"
del Plain.x
print(read(plain))
Slots.y = Slots.x
Slots.x = property(lambda self: ("wrapped", self.y))
print([read(slots) for _ in range(3)])
Computed.x = 7
print([read(Computed()) for _ in range(3)])

# Methods of all sorts
class Methods:
    def plain(self, *args): return "plain", args
    @staticmethod
    def static(*args): return "static", args
    @classmethod
    def cls(cls, *args): return cls.__name__, args
class Derived(Methods): pass
class Own:
    def __init__(self):
        self.plain = lambda *args: ("own", args)
        self.static = len
        self.cls = str

def call_plain(o, *args): return o.plain(1)
def call_static(o): return o.static("ab")
def call_cls(o): return o.cls("cd")
for _ in range(4):
    for o in (Methods(), Derived(), Own(), Methods, Derived):
        print(call_plain(o), call_static(o), call_cls(o))
Methods.static = staticmethod(lambda *args: "changed")
Methods.cls = lambda *args: "changed too"
for o in (Methods(), Derived(), Own(), Methods, Derived):
    print(call_static(o), call_cls(o))

# A getter is a frame like any other.
import sys
class Deep:
    @property
    def depth(self):
        return sys._getframe(1).f_code.co_name, sys._getframe().f_code.co_name
    @property
    def again(self):
        yield 1
    @property
    def endless(self):
        return self.endless
def outer(o): return o.depth
deep = Deep()
for _ in range(4):
    print(outer(deep), list(deep.again))
    try:
        deep.endless
    except RecursionError as e:
        print(type(e).__name__)
