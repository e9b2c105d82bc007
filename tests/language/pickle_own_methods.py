# A pickler whose class has persistent_id is on no cycle: it dies where its name is deleted. What is read from the
# attribute is bound to it all the same.
import io
import pickle
import weakref


class Writer(pickle.Pickler):
    def persistent_id(self, o):
        return f"id{o}" if isinstance(o, int) else None


class Reader(pickle.Unpickler):
    def persistent_load(self, pid):
        return [self.name, pid]


out = io.BytesIO()
writer = Writer(out)
print(writer.persistent_id(5), writer.persistent_id.__self__ is writer)
writer.dump(["a", 1])
dead = weakref.ref(writer)
del writer
print(dead())

reader = Reader(io.BytesIO(out.getvalue()))
reader.name = "reader"
print(reader.load(), reader.persistent_load(3))
dead = weakref.ref(reader)
del reader
print(dead())


class Static(pickle.Pickler):
    @staticmethod
    def persistent_id(o):
        return str(o) if isinstance(o, float) else None


class Class(pickle.Pickler):
    @classmethod
    def persistent_id(cls, o):
        return cls.__name__ if isinstance(o, float) else None


for cls in Static, Class:
    out = io.BytesIO()
    cls(out).dump([1.5])
    reader = pickle.Unpickler(io.BytesIO(out.getvalue()))
    reader.persistent_load = lambda pid: ("plain", pid)
    print(reader.load(), reader.persistent_load(1))

# Set again from outside: a bound method of its own class is as good as a function.
writer = pickle.Pickler(out := io.BytesIO())
print(hasattr(writer, "persistent_id"))
writer.persistent_id = lambda o: "seven" if o == 7 else None
writer.dump(7)
print(out.getvalue(), writer.persistent_id(7))

# What __init__ looks for: attributes of the class, whoever answers for them, but not what the instance holds or was given.


class Asked(pickle.Pickler):
    def __getattr__(self, name):
        print("getattr", name)
        raise AttributeError(name)


class Overheard(pickle.Pickler):
    def __getattribute__(self, name):
        print("getattribute", name)
        return super().__getattribute__(name)


class Table(pickle.Pickler):
    dispatch_table = {complex: lambda number: (str, ("from the class",))}


class Plain(pickle.Pickler):
    pass


for cls in Asked, Overheard, Table, Plain:
    out = io.BytesIO()
    cls(out).dump([7, 3j])
    print(cls.__name__, pickle.loads(out.getvalue()))
out = io.BytesIO()
plain = Plain(out)
for name in "persistent_id", "dispatch_table":
    try:
        print(getattr(plain, name))
    except AttributeError as error:
        print(repr(error))
plain.persistent_id = lambda o: None
plain.dispatch_table = {complex: lambda number: (str, ("given",))}
plain.dump(3j)
print(pickle.loads(out.getvalue()))
plain.__dict__["persistent_id"] = plain.__dict__["dispatch_table"] = 5
out = io.BytesIO()
plain.__init__(out)
plain.dump(3j)
print(pickle.loads(out.getvalue()))


class Early(pickle.Pickler):
    def __init__(self, out):
        self.dispatch_table = {complex: lambda number: (str, ("given early",))}
        self.persistent_id = lambda o: None
        super().__init__(out)


out = io.BytesIO()
Early(out).dump(3j)
print(pickle.loads(out.getvalue()))
