# The number of hex() and hexlify() is asked for before, or while, the bytearray is looked at.
import binascii


class Number:
    def __init__(self, change):
        self.change = change

    def __index__(self):
        self.change()
        return 1


for call in lambda data, number: data.hex("-", number), lambda data, number: binascii.hexlify(data, "-", number):
    for change in "clear", "extend", "set":
        data = bytearray(b"abc")
        number = Number({"clear": data.clear, "extend": lambda: data.extend(b"xyz" * 10), "set": lambda: data.__setitem__(0, 122)}[change])
        try:
            print(change, call(data, number), data)
        except BufferError as error:
            print(change, error, data)
for size in range(12):
    for group in range(-5, 6):
        print(size, group, bytes(range(size)).hex(":", group), binascii.hexlify(bytes(range(size)), b"_", group))
