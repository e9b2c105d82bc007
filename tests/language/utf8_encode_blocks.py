"""UTF-8 is encoded some characters at a time, by encode() and by pickle, where surrogates pass: each kind of character at
each place of a block."""
import marshal
import pickle
import random
import zlib

random.seed(3)
total = 0
kinds = "a\x7f\x80\xff", "\u0100\u07ff", "\u0800\ud7ff\ue000\uffff", "\U00010000\U0010ffff\U0001f389"
for base in "a", "\xe9", "\u0416", "\u4e2d", "\U0001f389":
    for n in 0, 1, 7, 8, 15, 16, 17, 31, 33, 63, 65, 100, 255, 257, 400, 70000:
        for kind in kinds:
            for c in kind:
                at = random.randrange(n + 1)
                text = base * at + c + base * (n - at)
                data = text.encode()
                assert data.decode() == text and data == b"".join([text[:at].encode(), c.encode(), text[at + 1:].encode()])
                for protocol in 2, 4, 5:
                    dumped = pickle.dumps(text, protocol)
                    assert pickle.loads(dumped) == text
                    if n < 70000:
                        total = zlib.crc32(dumped, total)
                assert marshal.loads(marshal.dumps(text)) == text
                total = zlib.crc32(data, total)
print(total)
every = "".join(c for k in kinds for c in k)
for n in range(600):
    text = "".join(random.choices(every, k=n))
    total = zlib.crc32(text.encode(), total)
    total = zlib.crc32(pickle.dumps(text), total)
    narrow = "".join(random.choices("ab\x80\xff", k=n))
    total = zlib.crc32(narrow.encode() + pickle.dumps(narrow), total)
print(total)
for n in 0, 5, 16, 40, 300, 70000:
    for c in "\ud800", "\udbff", "\udc80", "\udfff":
        for fill in "a", "\u0416", "\u4e2d", "\U0001f389":
            text = fill * n + c + fill * n
            try:
                text.encode()
            except UnicodeEncodeError as e:
                assert (e.start, e.end) == (n, n + 1)
            assert pickle.loads(pickle.dumps(text)) == text
            total = zlib.crc32(pickle.dumps([text, text]), total)
            total = zlib.crc32(text.encode("utf-8", "surrogatepass") + text.encode("utf-8", "replace"), total)
print(total)
