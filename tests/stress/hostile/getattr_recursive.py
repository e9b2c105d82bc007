class A:

    def __getattr__(s, n):
        return getattr(s, n + 'x')
try:
    A().b
except RecursionError:
    print('ok')

class B:

    def __getattribute__(s, n):
        return s.x
try:
    B().b
except RecursionError:
    print('ok')
