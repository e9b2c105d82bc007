class M(type):

    def mro(cls):
        if flag:
            cls.__bases__ = (object,) if cls.__bases__ != (object,) else (X,)
        return [cls, object, 5][:2 + len(flag) % 2]
flag = []

class X:
    pass

class A(X, metaclass=M):
    pass
flag.append(1)
for i in range(3):
    try:

        class B(A, metaclass=M):
            pass
    except Exception as e:
        print(type(e))
    try:
        A.__bases__ = (X,)
    except Exception as e:
        print(type(e))
