"""Under -b, mixing bytes and text warns; under -bb it raises BytesWarning."""
import subprocess
import sys

if len(sys.argv) == 1:
    for option in ("-b", "-bb", "-B"):
        done = subprocess.run([sys.executable, option, __file__, "run"], capture_output=True, text=True)
        print(option, done.returncode)
        print(done.stdout, done.stderr.replace(__file__, "FILE"), sep="\n")
    sys.exit()


def try_it(function):
    try:
        print(function())
    except BytesWarning as error:
        print("BytesWarning:", error)


for function in (
    lambda: b"a" == "a", lambda: "a" == b"a", lambda: b"a" != "a", lambda: b"a" == 1, lambda: 1 == b"a",
    lambda: bytearray(b"a") == "a", lambda: "a" == bytearray(b"a"), lambda: bytearray(b"a") == 1,
    lambda: b"a" in ["a"], lambda: b"a" in {"a"}, lambda: {b"a": 1, "a": 2}, lambda: str(b"a"), lambda: "%s" % b"a",
    lambda: f"{b'a'}", lambda: str(bytearray(b"a")), lambda: repr(b"a"), lambda: b"a" == memoryview(b"a"),
):
    try_it(function)
for i in range(30):
    text = "a" if i > 25 else b"b"
    try_it(lambda: b"a" == text)
