# json's C scanner and encoder: positions of errors, escapes in every width, numbers, circles.
import json
import random

random.seed(5)
documents = ['{"a": [1, 2.5, -3e10, true, false, null, "x\\u00e9\\ud834\\udd20\\n"], "b": {"c": "\\"\\\\"}}',
             '[NaN, Infinity, -Infinity, 0.1, 1e400, -0.0, 12345678901234567890123, 5e-324]',
             '{"\u20ac":"\u20ac\\u20ac", "\U0001f600": ["\U0001f600 \\ud83d\\ude00", 1.5e-7]}',
             '["caf\xe9", {"caf\xe9": "\\u00"}, "a longer string \\t with escapes"]', ' [ ] ']
letters = '{}[]",:\\u0123456789abcdefnrtIN-+.eE \n\t\x01\x7f\xe9\u20ac\U0001f600\ud800'
for _ in range(3000):
    text = list(random.choice(documents))
    for _ in range(random.choice([0, 1, 1, 2])):
        at = random.randrange(len(text) + 1)
        text[at:at + random.randrange(2)] = random.choice(letters)
    text = ''.join(text)
    try:
        value = json.loads(text)
    except ValueError as error:
        print(ascii(str(error)))
        value = text
    for options in ({}, {'ensure_ascii': False}):
        print(ascii(json.dumps(value, **options)))
for _ in range(3000):
    x = random.random() * 10.0 ** random.randint(-320, 300)
    for text in (repr(x), '%.17g' % x, '%.19g' % x, '%.15g' % x):
        print(json.loads(text), float(text))
circle = []
circle.append({'a': circle})
for value in (circle, {(1, 2): 3}, object(), float('nan')):
    try:
        print(json.dumps(value, allow_nan=False))
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
