import threading, time
end = time.time() + 2
es = [UnicodeDecodeError('utf8', b'x' * 10, 5, 6, 'r'), UnicodeEncodeError('utf8', 'x' * 10, 5, 6, 'r'), SyntaxError('a', ('f', 1, 2, 't')), ImportError('a', name='b', path='c'), OSError(1, 'a', 'b', None, 'c'), UnicodeTranslateError('abc', 1, 2, 'r')]
def change(e):
    vals = {'object': [b'', b'y' * 5000, '', 'z' * 5000, '\U00012345'], 'start': [0, 4999, 3], 'end': [1, 5000, 4], 'reason': ['a', 'b'], 'encoding': ['a'], 'filename': ['x', 'a/b' * 50], 'lineno': [3, 10 ** 30], 'name': ['n'], 'path': ['p'], 'filename2': ['q'], 'strerror': ['s'], 'errno': [3], 'msg': ['m']}
    while time.time() < end:
        for k, vs in vals.items():
            if hasattr(e, k):
                for v in vs:
                    try: setattr(e, k, v); delattr(e, k)
                    except (TypeError, AttributeError): pass
                    try: setattr(e, k, v)
                    except (TypeError, AttributeError): pass
def show(e):
    while time.time() < end:
        for f in (str, repr, lambda e: e.__reduce__()):
            try: f(e)
            except (TypeError, ValueError, SystemError): pass
ts = [threading.Thread(target=f, args=(e,)) for e in es for f in (change, show)]
[t.start() for t in ts]; [t.join() for t in ts]
