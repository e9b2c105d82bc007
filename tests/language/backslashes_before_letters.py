"""A backslash before a letter beyond ASCII is kept; texts of nothing else are as long as they look."""
import warnings

warnings.simplefilter("ignore")
for letter in "é", "€", "\U0001F600", "\x80":
    for count in 1, 2, 5, 100, 3000, 20000:
        for prefix in "", "f":
            text = eval(f"{prefix}'" + ("\\" + letter) * count + "'")
            print(ascii(letter), count, len(text), text == ("\\" + letter) * count)
