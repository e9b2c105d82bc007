# Methods and functions that C code calls by name, and that a program has replaced by ones with other results.
import _codecs
import pickle
import sys


class Text(str):
    def splitlines(self, keepends=False):
        return 5


class Note:
    def __str__(self):
        return Text('x\ny')


error = ValueError(1)
error.__notes__ = [Note(), Text('a\nb')]
sys.__excepthook__(type(error), error, None)
for result in (5, None, (), (1, 2), ('a', 1), (b'a', 1)):
    _codecs.escape_decode = lambda *args: result
    try:
        print(pickle.loads(b"S'abc'\n."))
    except Exception as e:
        print(type(e).__name__, e)
