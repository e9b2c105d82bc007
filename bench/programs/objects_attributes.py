"""objects: attributes and methods of instances."""
class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def add(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def dot(self, other):
        return self.x * other.x + self.y * other.y

def run():
    total, at, step = 0, Vector(0, 0), Vector(1, 2)
    for i in range(60_000):
        at = at.add(step)
        total += at.dot(step)
        step.x = i & 3
    return total, at.x, at.y
