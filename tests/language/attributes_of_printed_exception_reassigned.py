# Showing an exception runs Python code, which may assign the attributes that are shown.
import io
import sys


class Reassigns:
    def __init__(self, name):
        self.name = name

    def __dir__(self):
        error.name = self.name
        return ["abc", "abd"]


for name in (5, None, "x"):
    try:
        raise AttributeError("no such", name="abe", obj=Reassigns(name))
    except AttributeError as e:
        error = e
    sys.stderr = io.StringIO()
    sys.__excepthook__(AttributeError, error, None)
    sys.stderr, shown = sys.__stderr__, sys.stderr
    print(shown.getvalue())
