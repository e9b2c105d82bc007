class A:

    def __setattr__(s, n, v):
        s.x = v
try:
    A().b = 1
except RecursionError:
    print('ok')
