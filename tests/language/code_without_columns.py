# -X no_debug_ranges drops the columns of new code objects, unmarshalled ones included, and keeps their lines.
import marshal
import subprocess
import sys

code = compile("a = 1\nb = (a +\n     2)\n", "file", "exec")
program = """
import marshal, sys
code = marshal.loads(sys.stdin.buffer.read())
print(list(code.co_positions()), list(code.co_lines()))
print(list(compile('x\\n\\ny', 'f', 'exec').co_positions()))
"""
run = subprocess.run([sys.executable, "-X", "no_debug_ranges", "-c", program], input=marshal.dumps(code),
                     stdout=subprocess.PIPE)
print(run.stdout.decode())
for depth in 1500, 3000:
    try:
        data = b")\x01" * depth + b"N"
        print(depth, type(marshal.loads(data)))
    except ValueError as error:
        print(depth, error)
