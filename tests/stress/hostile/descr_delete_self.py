class D:

    def __get__(s, o, t):
        if 'd' in vars(t):
            del t.d
        o.__dict__.clear() if o else 0
        return s

    def __set_name__(s, o, n):
        setattr(o, n + 'x', s)

class A:
    d = D()
a = A()
a.q = 1
print(a.d is not None)
try:
    a.d
except AttributeError:
    print('gone')
