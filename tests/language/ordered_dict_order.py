# OrderedDict keeps an order of its own: moves, removals at both ends, and what iteration says of changes.
import random
from collections import OrderedDict

random.seed(3)
od, model = OrderedDict(), []
for step in range(20000):
    what, key = random.random(), random.randrange(40)
    if what < .4:
        if key not in od:
            model.append(key)
        od[key] = step
    elif what < .6:
        if key in od:
            model.remove(key)
            del od[key]
    elif what < .8:
        if key in od:
            model.remove(key)
            last = what < .7
            od.move_to_end(key, last)
            model.insert(len(model) if last else 0, key)
    elif od:
        last = what < .9
        assert od.popitem(last)[0] == model.pop(-1 if last else 0)
    if step % 100 == 0:
        assert list(od) == model and list(reversed(od)) == model[::-1]
print(od)


def mutated(change, kind):
    od = OrderedDict.fromkeys(range(5))
    iterator = kind(od)
    next(iterator)
    change(od)
    try:
        return list(iterator)
    except RuntimeError as error:
        return str(error)


for kind in (iter, reversed, lambda od: iter(od.items()), lambda od: reversed(od.values())):
    for change in (lambda od: od.clear(), lambda od: od.pop(1), lambda od: od.update({9: 9}),
                   lambda od: od.move_to_end(0), lambda od: od.__setitem__(2, 5), lambda od: od.popitem()):
        print(mutated(change, kind))

# The methods of dict go past the order.
od = OrderedDict.fromkeys(range(3))
dict.__setitem__(od, 'x', 1)
print(od, len(od), list(od))
dict.__delitem__(od, 1)
for look in (repr, lambda od: list(od.items()), lambda od: od.move_to_end('x')):
    try:
        print(look(od))
    except KeyError as error:
        print('KeyError', error)
