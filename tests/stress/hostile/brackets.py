import json, ast, re, pickle, marshal
from xml.etree import ElementTree as ET
n = 10 ** 6
for f in (lambda: json.loads('[' * n), lambda: json.loads('{"a":' * n), lambda: json.loads('[' * n + ']' * n),
        lambda: ast.literal_eval('[' * n), lambda: re.compile('(' * n), lambda: re.compile('[' * n),
        lambda: re.compile('(?:' * 5000 + ')' * 5000), lambda: re.compile('(a' * 5000 + ')*' * 5000).match('a' * 100),
        lambda: eval('(' * n), lambda: pickle.loads(b'(' * n), lambda: pickle.loads(b']' * n),
        lambda: pickle.loads(b']' + b']a' * n + b'.'), lambda: marshal.loads(b'[' + b'\x01\x00\x00\x00[' * n),
        lambda: marshal.loads(b'(' + b'\x01\x00\x00\x00(' * n + b'N'), lambda: ET.fromstring('<a>' * n),
        lambda: ET.fromstring('<a>' * n + '</a>' * n), lambda: '{' * n.__format__(''), lambda: ('{' * n).format(),
        lambda: ('{0:' * n).format(1), lambda: '%(' * n % {}, lambda: '{0[{0' * 100 % (), lambda: int('(' * n), lambda: float('1' * n),
        lambda: complex('(' * n), lambda: __import__('datetime').datetime.strptime('(' * n, '%Y'),
        lambda: __import__('struct').calcsize('(' * n), lambda: __import__('html').unescape('&' * n),
        lambda: __import__('shlex').split('(' * 1000), lambda: __import__('configparser').ConfigParser().read_string('[' * n),
        lambda: __import__('csv').reader(['"' * n]).__next__(),
        lambda: repr(__import__('pickle').loads(b']' + b']' * 1000 + b'a' * 999 + b'.')), lambda: re.match('(?:a|b)*c', 'ab' * n),
        lambda: re.match('(.|\n)*x', 'a' * n), lambda: re.compile('|'.join(map(str, range(20000)))).match('x'),
        lambda: re.compile('a' * n).match('a' * n), lambda: re.compile('(?=a' * 400 + ')' * 400), lambda: re.compile('(?P<a>x)' * 50)):
    try:
        f()
    except (ValueError, RecursionError, MemoryError, SyntaxError, EOFError, TypeError, IndexError, KeyError, OverflowError,
            re.error, pickle.UnpicklingError, ET.ParseError, AttributeError, Exception) as e:
        print(type(e).__name__)
