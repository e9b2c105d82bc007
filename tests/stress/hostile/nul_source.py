open('nul.py', 'wb').write(b'print(1)\x00\nprint(2)\n')
import subprocess, sys
print(subprocess.run([sys.executable, 'nul.py'], stderr=subprocess.DEVNULL).returncode)
for b in (b'\xff\xfe', b'\xef\xbb\xbf', b'# coding: foo\n', b'# coding: utf-16\n', b'# coding: utf-7\n+AAA', b'# coding: idna\nx',
        b'# coding: rot13\n', b'# coding: hex\n', b'# coding: undefined\n', b'\r', b'\x00', b'', b'\x1a', b'# coding: utf-8-sig\n',
        b'\xef\xbb\xbf# coding: latin-1\n', b'# coding: unicode_escape\nx=1', b'# coding: zlib\n', b'# coding: base64\n',
        b'# coding: ' + b'a' * 10 ** 5 + b'\n', b'\\', b'\\\n', b'  \\\n', b'x\\', b'"""\\', b"'\\", b'f"{', b'f"{x!', b'f"{x:{', b'f"{x=',
        b'# type: ignore', b'x:', b'\x0c' * 1000, b'\t \t x', b'0' * 10000, b'0_', b'0b', b'0o8', b'1__0', b'1_', b'1.e', b'1jj', b'0xg',
        b'1if 1else 1', b'\\N{', b'"\\N{"', b'"\\N{foo}"', b'"\\x"', b'"\\u"', b'"\\U00110000"', b'b"\\x"', b"b'\xe9'"):
    for q in (b, b + b'\n'):
        open('nul.py', 'wb').write(q)
        r = subprocess.run([sys.executable, 'nul.py'], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        if r.returncode not in (0, 1):
            print(b, r)
        try:
            compile(q, 'x', 'exec')
        except (SyntaxError, ValueError):
            pass
