# A debugger's session, and what the profilers and timers count.
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

SCRIPT = '''
import sys
def area(shape, *, scale=1):
    """The area."""
    total = 0
    for w, h in shape:
        total += w * h * scale
    return total
class Box:
    def __init__(self, sides):
        self.sides = sides
    def __repr__(self):
        return f"Box({self.sides})"
def gen(n):
    for i in range(n):
        yield i * i
def fails(box):
    try:
        return box.sides["x"]
    finally:
        print("left")
box = Box([(1, 2), (3, 4)])
print(area(box.sides, scale=2))
print([x for x in gen(4)])
print(fails(box))
'''

COMMANDS = """
l
b area
tbreak 14
b fails, not box
b 99
b nowhere
c
a
p shape, scale
pp {k: list(range(k)) for k in range(9)}
whatis total
!total = 100
n
n
display total
n
n
w
u
p box
d
until 8
r
retval
undisplay total
c
s
ll
condition 1 len(shape) > 5
b
ignore 1 2
commands 1
silent
p "again", total
end
disable 3
enable 3
j 2
j 23
where
unt
source Box
p undefined
x = 5; y = x + 1
p x, y
alias twice p %1, %1
twice x
clear 1
h
h until
interact

c
w
p box
q
"""

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    script = pathlib.Path("shapes.py")
    script.write_text(SCRIPT)

    def run(*arguments, given="", **more):
        done = subprocess.run([sys.executable, *arguments], input=given, capture_output=True, text=True, **more)
        text = (done.stdout + "\n" + done.stderr).replace(os.path.realpath(folder), "FOLDER").replace(folder, "FOLDER")
        print("==", arguments[:4], done.returncode)
        return re.sub(r"0x[0-9a-f]+", "0x", text)

    print(run("-m", "pdb", "shapes.py", given=COMMANDS))
    print(run("-m", "pdb", "-c", "until 8", "-c", "p locals().keys()", "-c", "q", "shapes.py"))
    print(run("-m", "pdb", "missing.py"))
    script.with_name("broken.py").write_text("x = (1,\n")
    print(run("-m", "pdb", "broken.py", given="q\n"))
    script.with_name("stops.py").write_text("def f(x):\n    breakpoint()\n    return x + 1\nprint(f(1))\nf('a')\n")
    print(run("stops.py", given="p x\nn\nw\nc\nn\nn\nq\n"))
    print(run("stops.py", given="c\nc\n", env=os.environ | {"PYTHONBREAKPOINT": "0"}))
    text = run("-m", "cProfile", "-s", "ncalls", "shapes.py")
    print(sorted(re.findall(r"^ +(\d+) +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ (shapes.py:.*)", text, re.M)))
    print("left" in text, "function calls" in text)
    script.with_name("fine.py").write_text(SCRIPT.replace("print(fails(box))", "if not box:\n    print()"))
    text = run("-m", "trace", "--count", "--missing", "-C", ".", "fine.py")
    print(text)
    print(pathlib.Path("fine.cover").read_text())
    print(run("-m", "trace", "--trace", "--ignore-dir", os.path.dirname(os.__file__), "fine.py"))
    # Functions only: whose method a code object is, trace guesses by gc.get_referrers(), which also knows dicts that nobody has any more.
    script.with_name("calls.py").write_text("def outer(n):\n    return [inner(i) for i in range(n)]\n"
                                            "def inner(i):\n    return max(i, 1)\nouter(2)\n")
    print(run("-m", "trace", "--trackcalls", "--ignore-dir", os.path.dirname(os.__file__), "calls.py"))
    for arguments in (["-n", "3", "-r", "2", "pass"], ["-n1", "-r1", "-s", "x = 1", "x += 1"], ["-u", "usec", "-n2", "[]"], ["1/0"], ["-q"], ["-v", "-n1", "-r3", "1"]):
        warned = r".*UserWarning: The test results are likely.*\n"
        print(re.sub(r"[\d.e-]+ [nmu]?sec", "TIME", re.sub(warned, "", run("-m", "timeit", *arguments))))
    os.chdir("/")
