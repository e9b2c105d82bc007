import enum

class A(enum.Enum):
    x = 1
for k, v in (('x', 5), ('_member_map_', None), ('_value2member_map_', {}), ('__class__', int)):
    try:
        setattr(A, k, v)
    except Exception as e:
        print(type(e))
    try:
        A(1)
        A['x']
    except Exception as e:
        print(type(e))
