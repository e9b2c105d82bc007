class E:

    def __eq__(s, o):
        o.update({'x': 1}) if hasattr(o, 'update') else None
        return True
    __hash__ = None
int.__dict__ == E()
try:
    int.__dict__ | E()
except TypeError:
    pass

class F(dict):

    def __ror__(s, o):
        o['zz'] = 5
        return o
try:
    int.__dict__ | F()
except TypeError:
    pass
print('ok')
