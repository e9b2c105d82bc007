import gc
for o in [o for o in gc.get_objects() if type(o) in (list, set)]:
    try:
        o.clear()
    except BaseException:
        pass
print('ok')
import json
