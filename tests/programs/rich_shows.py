"""Tables, Markdown, syntax, trees, tracebacks with colours."""
from rich.console import Console; from rich.table import Table; from rich.markdown import Markdown; from rich.syntax import Syntax; from rich.tree import Tree; from rich.pretty import pprint
import io
c=Console(width=80, force_terminal=True, color_system='truecolor')
t=Table(title='T'); t.add_column('a',style='red'); t.add_column('b'); t.add_row('1','[bold]x[/]'); c.print(t); c.print(Markdown('# hi\n\n* a\n* b\n\n```python\nprint(1)\n```')); c.print(Syntax('def f(x): return x+1','python')); tr=Tree('r'); tr.add('a').add('b'); c.print(tr); c.print({'a':[1,2,{'b':None}]*5})
try: 1/0
except Exception: c.print_exception(show_locals=False)
