# The call of `__exit__` at the end of a `with`: in all forms that it can have, by new and by often executed code.
import sys
import traceback


class Plain:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, where):
        self.seen = kind, str(error), where is not None
        return kind is KeyError


class Defaults(Plain):
    def __exit__(self, kind, error=None, where=None, more=3):
        self.seen = kind, more
        return kind is KeyError


class Star(Plain):
    def __exit__(self, *args):
        self.seen = len(args), args[0]
        return args[0] is KeyError


class TooFew(Plain):
    def __exit__(self, kind):
        pass


class Generator(Plain):
    def __exit__(self, *args):
        self.seen = 'never runs'
        yield


class Static(Plain):
    @staticmethod
    def __exit__(*args):
        return args[0] is KeyError


class Raises(Plain):
    def __exit__(self, kind, error, where):
        raise OSError('from exit')


class Other:
    def __call__(self, *args):
        return args[0] is KeyError


class Instance(Plain):
    __exit__ = Other()


class Bound(Plain):
    __exit__ = Plain().__exit__


def leave(manager, error):
    try:
        with manager:
            if error:
                raise error('inside')
    except Exception as e:
        frames = [(f.name, f.lineno) for f in traceback.extract_tb(e.__traceback__)]
        return type(e).__name__, str(e), repr(e.__context__), frames
    return 'left'


for kind in Plain, Defaults, Star, TooFew, Generator, Static, Raises, Instance, Bound:
    for error in None, KeyError, ValueError:
        results = []
        for _ in range(20):
            manager = kind()
            result = leave(manager, error), getattr(manager, 'seen', None)
            if not results or results[-1] != result:
                results.append(result)
        print(kind.__name__, error, results)

# One `with` statement for managers of all kinds in turn.
for kind in [Plain, Star, Static, Defaults, Instance, Plain, TooFew, Plain] * 3:
    for error in None, KeyError:
        print(kind.__name__, leave(kind(), error) == 'left', end=' ')
print()

# What tracers and profilers see.
events = []


def tracer(frame, event, arg):
    events.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno))
    return tracer


for install in sys.settrace, sys.setprofile:
    for error in None, KeyError:
        install(tracer)
        leave(Plain(), error)
        install(None)
        print([e for e in events if e[0] in ('leave', '__exit__')])
        events.clear()


# Recursion through ends of `with`, with and without an exception.
class Deep(Plain):
    def __exit__(self, kind, error, where):
        with Deep():
            if kind:
                raise kind


for error in None, KeyError:
    try:
        with Deep():
            if error:
                raise error
    except RecursionError as e:
        print(type(e).__name__, str(e).split(' while')[0])
