"""sys.executable tells what the shell would have run by the name given: nothing, if there is none of that name."""
import os
import subprocess
import sys

code = "import sys; print(repr(sys.executable), bool(sys.path), sys.prefix == sys.exec_prefix)"
for name in ("no such program", "/no/such/program", "./nothing", "sh"):
    done = subprocess.run([name, "-c", code], executable=sys.executable, capture_output=True, text=True, cwd="/",
                          env=os.environ | {"PATH": "/usr/bin:/bin"})
    print(name, done.stdout, done.stderr, done.returncode)
