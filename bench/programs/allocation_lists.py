"""allocation: many small lists, dicts and instances, most of which die young."""
class Node:
    def __init__(self, value, following):
        self.value, self.following = value, following

def run():
    total, head = 0, None
    for i in range(60_000):
        item = [i, {"i": i}, (i, i + 1)]
        total += item[1]["i"] + item[2][1] + len(item)
        if i % 10 == 0:
            head = Node(item, head)
    length = 0
    while head:
        length, head = length + 1, head.following
    return total, length
