class E(Exception):

    def __new__(c, *a):
        return 5

    def __str__(s):
        raise s
for f in (lambda: exec('raise E'), lambda: exec('raise E()')):
    try:
        f()
    except BaseException as e:
        print(type(e))

class X(Exception):
    __traceback__ = 5
    __cause__ = 5
    __context__ = 5

    def __init__(s, *a):
        s.args = s
try:
    raise X
except BaseException as e:
    print(type(e))
e = ValueError()
e.__context__ = e
e.__cause__ = e
e2 = ValueError()
e2.__context__ = e
e.__context__ = e2
try:
    try:
        raise e
    except ValueError:
        raise e2
except ValueError as q:
    import traceback
    traceback.format_exc()

class M(type):

    def __instancecheck__(c, o):
        raise KeyError

    def __subclasscheck__(c, o):
        raise KeyError

class B(Exception, metaclass=M):
    pass
try:
    try:
        1 / 0
    except B:
        pass
except BaseException as e:
    print(type(e))
try:
    try:
        1 / 0
    except (5,):
        pass
except TypeError as e:
    print(e)
try:
    try:
        1 / 0
    except ((ZeroDivisionError,),):
        pass
except TypeError as e:
    print(e)
for c in (5, None, type, E, ValueError, ValueError(), object()):
    try:
        raise ValueError from c
    except BaseException as e:
        print(type(e).__name__)
for args in ((), (1,), ('a', []), ('a', [5]), ('a', [ValueError(), 5]), (5, [ValueError()]), ('a', (x for x in [ValueError()])),
        ('a', ValueError)):
    for c in (ExceptionGroup, BaseExceptionGroup):
        try:
            g = c(*args)
            repr(g)
            g.split(5)
        except Exception as e:
            print(type(e).__name__)

class G(ExceptionGroup):

    def derive(s, x):
        return 5
    exceptions = 5
try:
    try:
        raise G('a', [ValueError(1), TypeError(2)])
    except* ValueError:
        raise
except BaseException as e:
    print(type(e).__name__)
g = ExceptionGroup('a', [ValueError(1)])
for i in range(2000):
    g = ExceptionGroup('a', [g])
for f in (lambda: repr(g), lambda: g.split(TypeError), lambda: g.subgroup(ValueError), lambda: __import__('traceback').format_exception(g)):
    try:
        f()
    except RecursionError:
        print('r')
UnicodeDecodeError.__new__(UnicodeDecodeError).__str__()
for c in (UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError):
    for a in ((), ('a', b'b', 1, 2, 'r'), ('a', b'b', -5, 2 ** 62, 'r'), ('a', 'b', -5, 2 ** 62, 'r'),
            ('a', 'b', 2 ** 62, 2 ** 62, 'r'), ('b', 5, 6, 'r'), ('b', -5, 2 ** 62, 'r')):
        try:
            u = c(*a)
        except Exception:
            continue
        str(u)
        for k in ('start', 'end', 'object', 'encoding', 'reason'):
            for v in (5, -2 ** 62, 'x', b'x', None):
                try:
                    setattr(u, k, v)
                    str(u)
                except Exception:
                    pass
                try:
                    delattr(u, k)
                    str(u)
                except Exception:
                    pass
        import codecs
        for h in ('strict', 'replace', 'ignore', 'backslashreplace', 'xmlcharrefreplace', 'namereplace', 'surrogateescape',
                'surrogatepass'):
            try:
                codecs.lookup_error(h)(u)
            except Exception:
                pass
for a in ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4, 5, 6)):
    for c in (OSError, SyntaxError, ImportError, StopIteration, SystemExit, KeyError, NameError, AttributeError):
        x = c(*a)
        str(x)
        repr(x)
        for k in list(vars(c)):
            try:
                setattr(x, k, object())
                str(x)
                delattr(x, k)
                str(x)
            except Exception:
                pass
s = SyntaxError('a', ('f', -5, 2 ** 62, 'text\ud800', 2 ** 70, -3))
import traceback
traceback.format_exception_only(SyntaxError, s)
import sys
for s in (SyntaxError('a', ('f', -5, -5, 'text', -6, -3)), SyntaxError('a', (5, 'x', None, 7, None, None)),
        SyntaxError('a', ('f', 1, 10 ** 6, 't' * 100, 1, 10 ** 7)), SyntaxError(5, (5, 5, 5, 5)),
        SyntaxError('a', ('f', 1, 2 ** 31, 't', 1, 2 ** 31)), SyntaxError('\ud800', ('\ud800', 1, 1, '\ud800', 1, 1))):
    sys.excepthook(type(s), s, None)
sys.excepthook(5, 5, 5) if 0 else 0
try:
    sys.excepthook(None, None, None)
except Exception as e:
    print(type(e))
