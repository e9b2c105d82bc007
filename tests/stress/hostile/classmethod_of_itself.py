# Not a language test: python3.11 never ends.
c = classmethod(print)
c.__init__(c)
try:
    c.__get__(1)
except RecursionError:
    print('ok')
