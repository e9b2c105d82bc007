# What each integer and float format says of numbers out of its range, given as they are and by __index__.
import struct

CODES = [order + code for order in "<>=!@" for code in "bBhHiIlLqQefd"] + ["n", "N", "P", "?"]
NUMBERS = [0, 1, 300, 99999, 2**31, 2**32, 2**40, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**70, 10**39, 2**1024]


class Index:
    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except (struct.error, OverflowError, TypeError) as error:
        return type(error).__name__, str(error)


for code in CODES:
    for number in NUMBERS + [-n for n in NUMBERS] + [1e39, -1e300, 70000.0, "x", None]:
        print(code, str(number)[:25], outcome(struct.pack, code, number))
        print("into", outcome(struct.pack_into, code, bytearray(10), 1, number))
        if isinstance(number, int):
            print("index", outcome(struct.pack, code, Index(number)))
