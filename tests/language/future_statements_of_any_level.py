"""`from .__future__ import x` counts as a future statement, whatever the dots; an empty name in \\N{} ends before its brace."""


def shows(source):
    try:
        code = compile(source, "<source>", "exec")
    except SyntaxError as error:
        print(ascii(source), error.msg, error.args[1:])
    else:
        print(ascii(source), hex(code.co_flags))


for source in (
    "from .__future__ import whatever",
    "from .__future__ import annotations\nx: (lambda: 3)",
    "from ..__future__ import division",
    "from . import __future__",
    "x = 1\nfrom .__future__ import division",
    "from .__future__ import division; x = 1; from __future__ import division",
    "'\\N{}'", "f'ab\\N{}'", "'\\N{}}'", "'é\\N'", "'\\N{'", "'\\N{x}'",
):
    shows(source)
for errors in ("replace", "ignore", "backslashreplace"):
    print(ascii(rb"a\N{}b\N{} \N{x}".decode("unicode_escape", errors)))
