# The exit status is 120 when standard output or standard error cannot be flushed at the end, whatever it was else.
# sys can be imported again after it was taken out of sys.modules, without what the configuration gave it.
import subprocess, sys
FAILING = """
import sys
class Stream:
    def write(self, text): pass
    def flush(self): raise %s
    def __repr__(self): return 'stream'
"""
for error in "ValueError(1)", "SystemExit(7)":
    for end in "sys.stdout = Stream()", "sys.stderr = Stream()", "sys.stdout = Stream(); sys.exit(5)", \
            "sys.stdout = Stream(); 1/0", "sys.stdout = Stream(); Stream.closed = property(lambda s: 1/0)", \
            "sys.stdout = Stream(); Stream.closed = True":
        done = subprocess.run([sys.executable, "-c", FAILING % error + end], capture_output=True, text=True)
        print(error, end, done.returncode, done.stdout, done.stderr, sep="|")
with open("/dev/full", "w") as full:
    for end in "pass", "sys.exit(3)", "1/0":
        done = subprocess.run([sys.executable, "-c", "import sys; print(1); " + end], stdout=full,
                              stderr=subprocess.PIPE, text=True)
        print(end, done.returncode, done.stderr)
again = """
import sys
out, old = sys.stdout, sys
sys.modules.clear()
import sys
print(sys is old, sys.stderr is sys.__stderr__, repr(sys.stderr)[:19], sys.modules is old.modules, file=out)
print(sorted(set(dir(old)) - set(dir(sys))), file=out)
"""
print(subprocess.run([sys.executable, "-c", again], capture_output=True, text=True).stdout)
