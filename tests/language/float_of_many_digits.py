# Text with any number of digits becomes the nearest float: ties, and tails that break them, included.
import random

random.seed(7)
total = 0


def add(text):
    global total
    for source in (text, text.encode()):
        try:
            value = float(source).hex()
        except ValueError as e:
            value = str(e) if len(text) < 50 else "error"
            if text is source:
                print(value)
        total = (total * 31 + sum(value.encode()) * len(value)) % (1 << 61)


for text in ["", ".", "-.", "+.e1", "1.", ".1", "1..2", "1.2.3", "0x10", "-0x1", "00x", "0e999999999999999999999",
             "1e99999999999999999999999", "1e-99999999999999999999", "-0e5", "inf", "-infinity", "infinit", "nan", " 1 ", "1 2", "1\x00",
             "1_0", "1__0", "_1", "1_.5", "1_0.5_5e1_0", "1e_5", "1e", "1e+", "1.5e-", "1e5.", "5e-324", "2.4703282292062327e-324",
             "2.4703282292062328e-324", "1.7976931348623158e308", "1.7976931348623159e308", "9007199254740993",
             "9007199254740992.99999999999999999999999", "9007199254740993" + "0" * 100, "9007199254740993" + "0" * 100 + "1"]:
    add(text)
print(total)
for n in (19, 20, 31, 32, 33, 64, 100, 400, 779, 780, 781, 800, 2000, 10000):
    for _ in range(15):
        digits = "".join(random.choice("0123456789") for _ in range(n))
        place = random.randrange(n + 1)
        text = digits[:place] + "." + digits[place:]
        add(text)
        add(text + "e%d" % random.randint(-400, 400))
        add("0" * random.randrange(50) + text + "e%d" % (-place + random.randint(-330, 310)))
        add(digits)
        add("0." + "0" * n + digits + "e%d" % n)
print(total)
for _ in range(300):  # just between two floats
    exponent, mantissa = random.randint(-1074, 950), random.getrandbits(53) | 1 << 52
    middle, k = 2 * mantissa + 1, exponent - 1
    digits, power = (str(middle << k), 0) if k >= 0 else (str(middle * 5 ** -k), k)
    for tail in ("", "0" * 50, "0" * 1000, "0" * 1000 + "1", "1"):
        add(digits + tail + "e%d" % (power - len(tail)))
    below = str(int(digits) - 1)
    add(below + "9" * 800 + "e%d" % (power - 800))
    add(below + "." + "9" * 800 + "e%d" % power)
print(total)
n = 100000
for text in ("1" * n + "e-%d" % n, "0." + "0" * n + "1e%d" % n, "1" + "0" * n + "e-%d" % n, "1" + "0" * n + ".0e-%d" % (n + 320),
             "-" + "7" * n + "." + "3" * n + "e-%d" % n, "1" * n, "0" * n, "0." + "1" * n + "x"):
    add(text)
print(total)

# Not all that is white space in str may stand around a number.
for kind in int, float, complex:
    for text in "1\x1c", "\x1f1", "\x1c1\u3000", "1\x85", "1\xa0", "1\u3000", "\v1", "(\x1c1)", "\u0661\u0662", "1\x000":
        try:
            print(ascii(text), kind(text))
        except ValueError as e:
            print(ascii(str(e)))
