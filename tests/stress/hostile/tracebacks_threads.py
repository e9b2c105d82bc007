"""One exception that threads raise, show and change."""
import gc
import traceback

from support.together import together


exc = [None]
def raise_():
    def a(n):
        if n: return a(n - 1)
        raise ValueError('x' * n)
    try: a(20)
    except ValueError as e:
        e.add_note('n'); exc[0] = e
def show():
    e = exc[0]
    if e: traceback.format_exception(e); str(e); repr(e); list(traceback.walk_tb(e.__traceback__)); e.__reduce__()
def change():
    e = exc[0]
    if e:
        tb = e.__traceback__
        if tb: tb.tb_next = None; tb.tb_frame; tb.tb_lineno; tb.tb_frame.f_locals; tb.tb_frame.clear()
        e.__traceback__ = None; e.__context__ = KeyError(1); e.__context__ = None; e.__cause__ = e; e.__cause__ = None; e.args = (1, 2); e.__notes__ = []; del e.__notes__; e.__dict__ = {}
def rer():
    e = exc[0]
    if e:
        try: raise e
        except ValueError: pass
        try: raise e.with_traceback(None) from e
        except ValueError: gc.collect(0)
together(raise_, show, change, rer)
