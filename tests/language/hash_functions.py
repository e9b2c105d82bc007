# Digests of all built-in hash functions, copies, BLAKE2 parameters.
import hashlib
for n in ['md5','sha1','sha224','sha256','sha384','sha512','sha3_224','sha3_256','sha3_384','sha3_512']:
    h=hashlib.new(n,b'abc'); h.update(bytearray(3000000)); c=h.copy(); c.update(b'x'); print(n,h.hexdigest(),c.hexdigest(),h.digest_size,h.block_size)
print(hashlib.shake_128(b'a').hexdigest(20), hashlib.shake_256(b'a').digest(5))
print(hashlib.blake2b(b'a',key=b'k',salt=b's',person=b'p',digest_size=20,fanout=2,depth=2,leaf_size=64,node_offset=3,node_depth=1,inner_size=32,last_node=True).hexdigest(), hashlib.blake2s(b'abc',node_offset=5,depth=2).hexdigest())
import random; random.seed('x'); print(random.random(), random.randint(1,10**30), random.sample(range(100),5))
