import gc
for o in gc.get_objects():
    try:
        repr(type(o))
        gc.get_referents(o)
    except BaseException:
        pass
    if type(o) is list and len(o) < 3 and o:
        pass
print('ok')
