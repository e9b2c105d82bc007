"""reStructuredText to HTML: tables, notes, code, links, substitutions."""
from docutils.core import publish_string
print(publish_string('''Title
=====

* a *b* **c** ``d``
* e

.. note:: hello

====  ====
a     b
====  ====
1     2
====  ====

.. code:: python

   def f(x): pass

`link <http://x.y>`_ |sub|

.. |sub| replace:: text
''', writer_name='html5', settings_overrides={'output_encoding':'unicode','embed_stylesheet':False}))
