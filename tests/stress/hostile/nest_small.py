for o, c in (('(', ')'), ('[', ']'), ('{', '}'), ('a(', ')'), ('a[', ']'), ('-', ''), ('not ', ''), ('lambda:', ''), ('f"{', '}"'),
        ('if a:\n', ''), ('[a for a in ', ']'), ('a=', ''), ('a+', ''), ('a and ', ''), ('a<', ''), ('@a\n', ''), ('"a"', ''),
        ('await ', ''), ('*', ''), ('**', ''), ('a:=', ''), ('try:\n', ''), ('\\\n', ''), (' ', ''), ('yield ', ''),
        ('match a:\n case [', ''), ('a if b else ', ''), ('~', ''), ('x[:', ''), ('.', '')):
    for n in (200, 5000):
        s = o * n + '1' + c * n
        for mode in ('exec', 'eval'):
            try:
                compile(s, 'x', mode)
            except (SyntaxError, MemoryError, RecursionError, ValueError) as e:
                pass
            except BaseException as e:
                print(repr(o), type(e))
print('ok')
