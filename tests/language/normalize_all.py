"""Every character alone, beside a mark and beside other characters, in all normal forms."""
import hashlib
import random
import unicodedata

for form in ("NFC", "NFD", "NFKC", "NFKD"):
    digest = hashlib.sha256()
    for first in range(0, 0x30000, 64):
        characters = [chr(c) for c in range(first, first + 64) if not 0xD800 <= c < 0xE000]
        for text in (*characters, *(c + "\u0323\u0301" for c in characters), "".join(characters), "".join(reversed(characters))):
            normal = unicodedata.normalize(form, text)
            digest.update(normal.encode())
            if unicodedata.is_normalized(form, text) != (normal == text):
                print("is_normalized", form, ascii(text))
    print(form, digest.hexdigest())

random.seed(5)
parts = "aAeo\u0301\u0323\u0327\xe9\u1e69\u1100\u1161\u11a8\uac00\uac01\u304b\u3099\u09c7\u09be\u0344\u212b\ufb01\u2126\U0001d15e\U00011099\U000110ba"
digest = hashlib.sha256()
for _ in range(20000):
    text = "".join(random.choice(parts) for _ in range(random.randrange(1, 8)))
    for form in ("NFC", "NFKC"):
        digest.update(unicodedata.normalize(form, text).encode())
print(digest.hexdigest())
