# The field of a named tuple whose doc string was deleted.
import copy
import pickle
from collections import namedtuple

getter = namedtuple("N", "a b").a
del getter.__doc__
print(getter.__doc__, repr(getter)[:16])
for use in type(getter).__reduce__, copy.copy, pickle.dumps:
    try:
        print(use(getter))
    except SystemError as error:
        print(error)
getter.__doc__ = [1]
print(getter.__reduce__()[1], copy.copy(getter).__doc__)
