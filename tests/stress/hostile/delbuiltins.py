import builtins
for k in list(vars(builtins)):
    delattr(builtins, k)

def f():
    return len
try:
    f()
except:
    pass

class A:
    pass
