# Repeating an array takes what it needs at once, and what can never fit is a MemoryError at once.
from array import array

for start in ([], [1], [1, 2, 3]):
    for count in (-1, 0, 1, 2, 3, 7, 8):
        a = array("h", start)
        b = a * count
        a *= count
        assert a == b == array("h", start * count), (start, count)
print(len(array("d", [0.5]) * 10**6), (array("b", b"ab") * 5).tobytes())
for count in (10**15, 2**61, 2**63 - 1):
    try:
        array("d", [0, 1]) * count
    except MemoryError:
        print("MemoryError")
a = array("i", [1, 2])
view = memoryview(a)
try:
    a *= 3
except BufferError as error:
    print(error)
