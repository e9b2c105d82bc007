"""What is run as a script from pipes and as .pyc, and options that are given more than once."""
import os
import subprocess
import sys
import tempfile

DIGITS = "import sys; print(sys.flags[:3], sys.flags.quiet, sys.flags.int_max_str_digits, sys.warnoptions)"


def run(*arguments, input=b"", **environment):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LC_"))} | environment
    done = subprocess.run([sys.executable, *arguments], input=input, capture_output=True, env=environment)
    print(done.returncode, done.stdout.decode())
    print(done.stderr.decode().partition("\nCurrent thread")[0])


# a pipe has nothing to go back to
run("/dev/stdin", "a", input=b"import sys\nprint(sys.argv, __name__)\n")
run("/dev/stdin", input=b"print('\xc3\xa9')\r\n1/0\r\n")

with tempfile.TemporaryDirectory() as folder:
    for name, data in {
        "a.pyc": b"print(1)", "b.pyc": b"", "c": b"\xa7\rxx", "d": b"\xa7\r\r\n", "e": b"\xa7\r\r\n" + b"N" * 13,
        "f.pyc": b"\xa7\r\r\n" + bytes(12) + b"\xe3\0",
    }.items():
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        os.chdir(folder)
        run(path)

# newlines of every kind
run("-i", "-q", input=b'if 1:\r\n  print(1)\r\n\r\nx = """a\r\nb"""\r\nx\r\n1\\\r\n+2\r\n')

run("-ii", "-c", DIGITS)
run("-qq", "-c", DIGITS)
run("-c", DIGITS, PYTHONINSPECT="0")
run("-c", DIGITS, PYTHONINSPECT="5")
run("-X", "int_max_str_digits=", "-c", DIGITS)
run("-W", "error", "-W", "ignore", "-W", "error", "-c", DIGITS, PYTHONWARNINGS="default,ignore,default")
run("-X", "dev", "-bb", "-W", "error::BytesWarning", "-W", "default", "-c", DIGITS)
run("-X", "utf8=2", "-X", "int_max_str_digits=1", "-c", DIGITS)
run("-X", "tracemalloc=x", "-c", DIGITS, PYTHONUTF8="x")
run("-X", "dev", "-c", "print(1)", LC_ALL="C", PYTHONUTF8="0")
run("-c", "def f(): breakpoint()\nf()", input=b"w\nc\n")
