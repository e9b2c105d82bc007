"""What is said of a module that is not there, and what its packages fall back to."""
import sys

for name in ("no_such_module", "os.no_such", "xml.no_such.deeper", "json.no_such"):
    try:
        __import__(name)
    except ImportError as error:
        print(type(error).__name__, error, error.name, error.path)

import decimal  # falls back to Python when its extension module cannot be loaded

print(decimal.Decimal("1.10") + decimal.Decimal("2.205"), "decimal" in sys.modules)
