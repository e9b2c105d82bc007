"""Highlighting Python and C sources."""
from pygments import highlight; from pygments.lexers import get_lexer_by_name; from pygments.formatters import HtmlFormatter, TerminalFormatter
for l,f in (('python','/usr/lib/python3.11/ast.py'),('c','/usr/include/stdio.h'),('html','/usr/share/doc/python3.11/html/index.html')):
    try: print(hash(highlight(open(f).read(), get_lexer_by_name(l), HtmlFormatter()))and 1, len(highlight(open(f).read(), get_lexer_by_name(l), TerminalFormatter())))
    except OSError as e: print('no')
