# SystemExit from sys.excepthook ends the program with its status; a class's own `code` is what counts.
import subprocess
import sys

PROGRAMS = [
    "import sys\nsys.excepthook = lambda *a: sys.exit(4)\n1/0",
    "import sys\nsys.excepthook = lambda *a: sys.exit('said')\n1/0",
    "import sys\nsys.excepthook = lambda *a: sys.exit()\n1/0",
    "import sys\ndel sys.excepthook\n1/0",
    "class E(SystemExit): code = property(lambda self: 1/0)\nraise E",
    "class E(SystemExit): code = property(lambda self: 5)\nraise E",
    "class E(SystemExit): code = None\nraise E(3)",
    "import time\nprint(ascii(time.strftime('a\\ud800%%\\udc80')))",
]
for program in PROGRAMS:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    print(done.returncode, done.stdout, done.stderr)
done = subprocess.run([sys.executable, "-iq"], input="import sys\nsys.excepthook = lambda *a: sys.exit(6)\n1/0\nprint('not reached')\n",
                      capture_output=True, text=True)
print(done.returncode, done.stdout)
