# Where there is no sys.unraisablehook, the default one reports, with the traceback.
import gc
import io
import re
import sys


class C:
    def __del__(self):
        raise ValueError("in __del__")


sys.stderr = io.StringIO()
for hook in 0, 1:
    if hook:
        del sys.unraisablehook
    else:
        sys.unraisablehook = None
    c = C()
    del c
    gc.collect()
print(re.sub("0x[0-9a-f]+|File .*,", "...", sys.stderr.getvalue()))
