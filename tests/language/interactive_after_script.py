# With -i, what the script wrote to a pipe comes before the first prompt; a stdio encoding that does not exist is fatal.
import os, subprocess, sys, tempfile
with tempfile.TemporaryDirectory() as folder:
    script = os.path.join(folder, "a.py")
    with open(script, "w") as file:
        file.write("print('from the script')\n")
    done = subprocess.run([sys.executable, "-i", "-q", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    print(repr(done.stdout), done.returncode)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True,
                          env={**os.environ, "PYTHONIOENCODING": "nosuch"})
    print([line for line in done.stderr.splitlines() if not line.startswith("Current thread 0x")], done.returncode)
