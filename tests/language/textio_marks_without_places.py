# UTF-16 and UTF-32 begin with a mark, but not on a stream that cannot be positioned: nobody knows whether it begins there.
import io
import os
import sys


class Raw(io.RawIOBase):
    def __init__(self, places):
        self.places, self.data = places, b""

    def seekable(self): return self.places
    def writable(self): return True
    def tell(self): return len(self.data)

    def write(self, data):
        self.data += bytes(data)
        return len(data)


for places in False, True:
    for encoding in "utf-16", "UTF_32", "utf-8-sig", "utf-16-le", "utf-7":
        raw = Raw(places)
        text = io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding)
        text.write("ab")
        text.write("\u20ac")
        text.flush()
        later = Raw(places)
        changed = io.TextIOWrapper(io.BufferedWriter(later), encoding="utf-8")
        changed.write("ab")
        changed.reconfigure(encoding=encoding)
        changed.write("\u20ac")
        changed.flush()
        print(places, encoding, raw.data, later.data)
reads, writes = os.pipe()
with open(writes, "w", encoding="utf-16") as file:
    file.write("ab")
print(os.read(reads, 99))
os.close(reads)
