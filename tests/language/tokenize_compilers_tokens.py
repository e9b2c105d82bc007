# `_tokenize.TokenizerIter`: the compiler's tokens with their places in bytes, then StopIteration.
from _tokenize import TokenizerIter
for source in ('', 'a', 'x #y\nz', 'if é:\n\tb = """1\né2""" + "é" é\n  # c\n\nx = (1,\n 2)\n', 'x = (', '"abc', 'a $ b ? !\n', '1_', '€', '\\\nx',
               'x\\ y', 'a\0b', 'async def f(): await x # type: int\n', ')', 'x\r\ny\rz', '0777', '\f x', 'if x:\n  y\n z', 'if x:\n\ty\n        z'):
    try:
        tokens = TokenizerIter(source)
        while True:
            print(next(tokens))
    except (StopIteration, SyntaxError, ValueError) as e:
        print(type(e).__name__, *e.args)
for arguments in (), (3,), ('a', 'b'), (b'a',):
    try:
        TokenizerIter(*arguments)
    except TypeError as e:
        print(e)
