"""allocation: binary trees."""
def tree(depth):
    return (tree(depth - 1), tree(depth - 1)) if depth else None

def check(node):
    return 1 + (check(node[0]) + check(node[1]) if node else 0)

def run():
    keep = tree(12)
    return sum(check(tree(9)) for _ in range(20)) + check(keep)
