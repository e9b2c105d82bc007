# BLAKE2 with all its parameters, whatever the pieces that it is fed with.
import hashlib
import itertools

DATA = bytes(i * 7 % 256 for i in range(1000))
for new, most, salt in (hashlib.blake2b, 64, 16), (hashlib.blake2s, 32, 8):
    for size in 0, 1, 31, 32, 63, 64, 65, 127, 128, 129, 191, 192, 255, 256, 257, 384, 1000:
        whole = new(DATA[:size])
        print(size, whole.hexdigest())
        for piece in 1, 3, 63, 64, 65, 128, 200:
            h = new()
            for start in range(0, size, piece):
                h.update(DATA[start:min(start + piece, size)])
                h.copy().update(b"other")
                if start % 3 == 0:
                    h.digest()
            assert h.digest() == whole.digest() == h.digest()
    for digest_size in 1, 2, most // 2 - 1, most:
        print(new(DATA, digest_size=digest_size).hexdigest())
    for key, size in itertools.product((b"k", DATA[:most - 1], DATA[:most]), (0, 1, 64, 128, 200)):
        print(new(DATA[:size], key=key).hexdigest())
    for options in (dict(salt=b"s"), dict(salt=DATA[:salt]), dict(person=b"me"), dict(person=DATA[:salt], salt=DATA[1:salt]),
                    dict(fanout=0), dict(fanout=255, depth=255), dict(leaf_size=2 ** 32 - 1), dict(node_offset=2 ** 48 - 1),
                    dict(node_depth=255, inner_size=most), dict(last_node=True), dict(last_node=False, usedforsecurity=False),
                    dict(fanout=2, depth=2, leaf_size=4096, node_offset=1, node_depth=0, inner_size=most, last_node=True, key=b"x", digest_size=7)):
        h = new(DATA[:130], **options)
        print(h.hexdigest(), h.name, h.block_size, h.digest_size, new(**options).hexdigest())
    for options in (dict(salt=DATA[:salt + 1]), dict(person=DATA[:salt + 1]), dict(key=DATA[:most + 1]), dict(digest_size=0), dict(digest_size=most + 1),
                    dict(leaf_size=2 ** 32), dict(node_offset=2 ** 64), dict(depth=0), dict(fanout=256), dict(inner_size=most + 1), dict(leaf_size=-1)):
        try:
            new(b"", **options)
        except (ValueError, OverflowError) as error:
            print(type(error).__name__, error)
# The example of a tree in the library's documentation.
FANOUT, DEPTH, LEAF, INNER = 2, 2, 4096, 64
buf = bytearray(6000)
h00 = hashlib.blake2b(buf[:LEAF], fanout=FANOUT, depth=DEPTH, leaf_size=LEAF, inner_size=INNER, node_offset=0, node_depth=0, last_node=False)
h01 = hashlib.blake2b(buf[LEAF:], fanout=FANOUT, depth=DEPTH, leaf_size=LEAF, inner_size=INNER, node_offset=1, node_depth=0, last_node=True)
h10 = hashlib.blake2b(digest_size=32, fanout=FANOUT, depth=DEPTH, leaf_size=LEAF, inner_size=INNER, node_offset=0, node_depth=1, last_node=True)
h10.update(h00.digest())
h10.update(h01.digest())
print(h10.hexdigest())
print(hashlib.blake2b(bytes(1 << 20)).hexdigest(), hashlib.new("blake2s", bytes(1 << 20)).hexdigest(), hashlib.blake2b(memoryview(DATA)[::1]).hexdigest()[:8])
