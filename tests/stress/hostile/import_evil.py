import sys, types

class F:

    def find_spec(s, n, p, t=None):
        sys.modules[n] = 5
        sys.meta_path.clear() if n == 'qa' else sys.path.append(5)
        return None

class G:

    def find_spec(s, n, p, t=None):
        return 5

class H:

    def find_spec(s, n, p, t=None):
        import importlib.machinery as m
        return m.ModuleSpec(n, s)

    def create_module(s, spec):
        return 5

    def exec_module(s, m):
        sys.modules.pop('qd', None)
for f in (F(), G(), H(), 5, None):
    old = sys.meta_path[:]
    sys.meta_path.insert(0, f)
    for n in ('qa', 'qb', 'qd.x', 'qd'):
        try:
            __import__(n)
        except Exception as e:
            print(type(e).__name__)
    sys.meta_path[:] = old
for a in ((5,), ('',), ('a', 5), ('a', {}, {}, (5,)), ('os', {}, {}, (), -1), ('os', {}, {}, (), 2 ** 70), ('x', {}, {}, (), 1),
        ('x', {'__package__': 5}, {}, (), 1), ('x', {'__name__': 5}, {}, (), 1), ('x', {'__spec__': 5, '__name__': 'a'}, {}, ('b',), 1),
        ('os', None, None, None, 0), ('\x00',), ('a' * 10 ** 6,), ('\ud800',), ('.',), ('..a',), ('a.',)):
    try:
        __import__(*a)
    except Exception as e:
        print(type(e).__name__)
sys.path = 5
try:
    import zzz
except Exception as e:
    print(type(e).__name__)
sys.path = [5, None, b'a', '\x00', object()]
sys.path_hooks = [5, lambda x: 5, lambda x: 1 / 0]
sys.path_importer_cache = None
try:
    import zzzz
except Exception as e:
    print(type(e).__name__)
