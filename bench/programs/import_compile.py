"""import: compiling a module of the library from its source."""
import inspect
import typing

def run():
    source = inspect.getsource(typing)[:60_000]
    source = source[:source.rindex("\n\n\n")] + "\n"
    code = compile(source, "typing", "exec", dont_inherit=True)
    return len(code.co_code), len(code.co_names), len(code.co_consts)
