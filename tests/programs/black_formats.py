"""black over a module of the library, and a syntax error."""
import black, io
src=open('/usr/lib/python3.11/textwrap.py').read()
print(black.format_str(src, mode=black.Mode(line_length=79)))
try: black.format_str('def f(:', mode=black.Mode())
except Exception as e: print(type(e), e)
