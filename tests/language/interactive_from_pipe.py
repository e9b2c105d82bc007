# Lines that -i reads from a pipe: what stands behind a NUL is lost with the line's end; the end of the input is asked for
# and ends a line.
import subprocess
import sys
for text in ["print(1)\nprint(2)", "if 1:\n  print(2)", "if 1:\n  print(2)\n", "x = (1", "x = (1\n", '"""a', "print(1) # c", "x=1;", "",
             "\n", "@x", "print(1)\n\0print(3)\nprint(2)\n", "print(1)\nx='a\0b'; print(3)\nprint(2)\n", "\0", "print(1)\0",
             "print(1)\0\0\n\0", "x = 3\0 + 1\n + 5\nx"]:
    done = subprocess.run([sys.executable, "-q", "-i"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(repr(text), repr(done.stdout), done.returncode)
done = subprocess.run([sys.executable, ""], capture_output=True, text=True, cwd="/usr/lib")
print(done.stderr.partition(": ")[2], done.returncode)
