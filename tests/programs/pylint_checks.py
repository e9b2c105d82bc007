"""pylint and flake8 on modules of the standard library."""
import json
import pathlib
import subprocess
import sys
import textwrap

files = [str(pathlib.Path(json.__file__).parent), textwrap.__file__]
for command in (["pylint", "--disable=all", "--enable=E,W,C", "--score=n", "-j1"], ["flake8"]):
    done = subprocess.run([sys.executable, "-m", *command, *files], capture_output=True, text=True)
    print(command[0], done.returncode)
    print(done.stdout)
