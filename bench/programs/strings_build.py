"""strings: formatting, joining, splitting, replacing."""
def run():
    lines = []
    for i in range(15_000):
        lines.append(f"{i:>6} {i * 1.5:8.2f} {'ab' * (i % 5)!r}")
    text = "\n".join(lines)
    words = text.split()
    return len(text), len(words), text.count("1"), len(text.replace("ab", "\u20ac")), hash(text.upper()) == hash(text), \
        "%s-%05d" % (words[3], len(words))
