"""exceptions: raising, catching, finally, with."""
class Failure(Exception):
    pass

class Guard:
    def __enter__(self):
        return self
    def __exit__(self, kind, value, traceback):
        return kind is Failure

def deep(n):
    if not n:
        raise Failure(n)
    deep(n - 1)

def run():
    caught = final = 0
    for i in range(12_000):
        try:
            if i % 3 == 0:
                raise ValueError(i)
            elif i % 3 == 1:
                {}[i]
            else:
                with Guard():
                    deep(3)
        except (ValueError, KeyError) as error:
            caught += len(error.args)
        finally:
            final += 1
    for i in range(100_000):
        try:
            final += 1
        except ValueError:
            pass
    return caught, final
