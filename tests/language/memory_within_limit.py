# What does not fit into the memory that a process may have ends in MemoryError.
import subprocess, sys


def main():
    def grow(make):
        try:
            kept = []
            while True:
                kept.append(make())
        except MemoryError:
            kept = None
            return "MemoryError"
    print(grow(lambda: bytes(1 << 20)), grow(lambda: [None] * 100000), grow(lambda: dict.fromkeys(range(10000))),
          grow(lambda: "x" * (1 << 20)), grow(lambda: 1 << (1 << 24)), grow(lambda: bytearray(1 << 25)))
    for make in (lambda: bytes(1 << 40), lambda: [0] * (1 << 40), lambda: "x" * (1 << 40), lambda: bytearray(1 << 40),
                 lambda: 1 << (1 << 40)):
        try:
            make()
        except MemoryError:
            print("MemoryError")


if sys.argv[1:] == ["limited"]:
    main()
else:
    done = subprocess.run(["sh", "-c", 'ulimit -v 400000; exec "$0" "$1" limited', sys.executable, __file__],
                          capture_output=True, text=True)
    print(done.stdout, done.returncode, done.stderr[-300:])
