L = list(range(100))

def k(x):
    L.append(x)
    L.sort()
    return -x
try:
    L.sort(key=k)
except ValueError as e:
    print(e)

class C:

    def __init__(s, x):
        s.x = x

    def __lt__(s, o):
        M.clear()
        M.append(1)
        return s.x < o.x
M = [C(i) for i in range(100, 0, -1)]
try:
    M.sort()
except ValueError as e:
    print(e)
