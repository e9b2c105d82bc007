class M(type):

    def mro(cls):
        try:
            cls.__bases__ = cls.__bases__
        except Exception:
            pass
        return type.mro(cls)
try:

    class A(metaclass=M):
        pass
    A.__bases__ = (object,)
except BaseException as e:
    print(type(e))
