"""mypy on a module with generics, protocols and errors. The checker itself runs from its Python sources."""
import pathlib
import subprocess
import sys
import tempfile

SOURCE = '''
from typing import Generic, List, Optional, Protocol, TypeVar, overload

T = TypeVar("T")

class Box(Generic[T]):
    def __init__(self, x: T) -> None:
        self.x = x
    def get(self) -> Optional[T]:
        return self.x

class Sized(Protocol):
    def size(self) -> int: ...

class Thing:
    def size(self) -> str:
        return ""

def f(a: List[int]) -> str:
    return a[0]

b: Box[str] = Box(3)
reveal_type(b.get())
s: Sized = Thing()
match b:
    case Box(x=y):
        reveal_type(y)
'''
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, "sample.py")
    path.write_text(SOURCE)
    done = subprocess.run([sys.executable, "-m", "mypy", "--no-incremental", "--cache-dir=/dev/null", "sample.py"],
                          capture_output=True, text=True, cwd=folder)
    print(done.returncode, done.stdout)
    print(done.stderr[-500:])
