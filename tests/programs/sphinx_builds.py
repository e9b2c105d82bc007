"""sphinx: a small project with autodoc, built as HTML, text, manual page, LaTeX and XML."""
import contextlib
import hashlib
import io
import pathlib
import re
import sys
import tempfile

from sphinx.application import Sphinx

folder = pathlib.Path(tempfile.mkdtemp())
source = folder / "source"
source.mkdir()
(source / "conf.py").write_text("""
project = "P"
author = "A"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.todo", "sphinx.ext.napoleon", "sphinx.ext.doctest"]
html_theme = "alabaster"
""")
sys.path.insert(0, str(folder))
(folder / "shown_module.py").write_text('''"""Mod doc."""


class K:
    """K doc.

    Args:
        a (int): the a.
    """

    def __init__(self, a: int = 3, *, b: "str" = "x") -> None: ...

    @property
    def p(self) -> list[int]:
        """P."""

    async def q(self, *args, **kw):
        """Q.

        >>> 1 + 1
        2
        """


def f(x, y=(1, 2)):
    """F :math:`x`."""
''')
(source / "index.rst").write_text("""P
=

.. toctree::

   a

.. automodule:: shown_module
   :members:

.. todo:: x
""")
(source / "a.rst").write_text("""A
=

.. code-block:: python
   :linenos:

   def f(): return 1

.. list-table::

   * - a
     - b

:ref:`genindex` :py:class:`shown_module.K` |sub| [#f]_ :term:`term` :doc:`nowhere`

.. |sub| replace:: *x*
.. [#f] foot

.. glossary::

   term
      def

.. math:: a^2

.. csv-table:: t
   :header: a,b

   1,"2,3"
""")
for builder in "html", "text", "man", "latex", "xml":
    output, errors = folder / builder, io.StringIO()
    with contextlib.redirect_stderr(errors):
        app = Sphinx(str(source), str(source), str(output), str(folder / "trees" / builder), builder,
                     status=io.StringIO(), warning=errors, freshenv=True)
        app.build()
    lines = re.sub("\x1b\\[[0-9;]*m", "", errors.getvalue()).replace(str(folder), "").splitlines()
    print(builder, app.statuscode, sorted(lines))
    for path in sorted(output.rglob("*")):
        if path.is_file() and path.suffix in (".html", ".txt", ".1", ".tex", ".xml", ".js"):
            text = path.read_text(errors="replace").replace(str(folder), "")
            print(path.relative_to(output), hashlib.md5(text.encode()).hexdigest())
