"""strings: characters, slices, searches, translation, encoding."""
def run():
    text = "The quick brown fox jumps over the lazy dog. Stra\u00dfe \u20ac 12345 \U0001F600 " * 150
    counts = {}
    for c in text:
        counts[c] = counts.get(c, 0) + 1
    vowels = sum(1 for c in text if c in "aeiou")
    found, at = 0, text.find("o")
    while at >= 0:
        found, at = found + 1, text.find("o", at + 1)
    data = text.encode()
    return sorted(counts.items())[:5], vowels, found, len(data), data.decode() == text, \
        len(text.translate({97: "AA", 98: None})), text[::-3].title()[:30], [w for w in text.split() if w.isdigit()][:2]
