import sys
for n in (0, -1, 2 ** 31, 2 ** 63, -2 ** 63, 1.5, None, 'a'):
    try:
        sys.setrecursionlimit(n)
    except Exception as e:
        print(e)
