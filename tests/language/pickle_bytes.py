# Pickles are the same bytes in all protocols, and damaged ones say what is wrong.
import collections
import hashlib
import io
import pickle


class Point:
    def __init__(self, x):
        self.x, self.y = x, [x]


class Slots:
    __slots__ = ('a', 'b')


class Numbers(list):
    def __reduce__(self):
        return Numbers, (), {'q': 1}, iter(list(self)), None


class Setter:
    def __reduce__(self):
        return Setter, (), 5, None, None, setter


def setter(o, state):
    o.state = state


slots = Slots()
slots.a, slots.b = 1, [2]
ring = [1, 2]
ring.append(ring)
knot = ([],)
knot[0].append(knot)
values = [1, 255, 256, 65536, -1, 2**31 - 1, -2**31, 2**31, 2**70, -2**63, True, 1.5, 'a\n\\\x00\u20ac\U0001f600\ud800', b'ab', b'',
          bytearray(b'x'), (), (1,), (1, 2, 3, 4), [], [1], list(range(2500)), {}, {1: 2}, dict.fromkeys(range(2500)), set(), {1},
          frozenset({1}), ..., None, type(None), NotImplemented, int, len, Point, Point(3), Numbers([1, 2, 3]), ring, knot,
          [Point(1)] * 3, collections.OrderedDict(a=1), range(5), Setter(), Point.__init__, b'z' * 70000, 'z' * 70000, ['y' * 1000 + str(i) for i in range(200)]]
for value in values:
    for protocol in range(6):
        data = pickle.dumps(value, protocol)
        print(protocol, type(value).__name__, len(data), hashlib.sha256(data).hexdigest()[:16], data == pickle._dumps(value, protocol))
        file = io.BytesIO()
        pickle.dump(value, file, protocol)
        assert file.getvalue() == data
        file.write(b'rest')
        file.seek(0)
        copy = pickle.load(file)
        assert file.read() == b'rest'
        assert pickle.dumps(copy, protocol) == data or isinstance(value, (str, list, dict))
for protocol in range(2, 6):
    data = pickle.dumps(slots, protocol)
    copy = pickle.loads(data)
    print(data, copy.a, copy.b)
buffers = []
data = pickle.dumps([pickle.PickleBuffer(b'abc'), pickle.PickleBuffer(bytearray(b'def'))], 5, buffer_callback=buffers.append)
print(data, [bytes(b.raw()) for b in buffers], pickle.loads(data, buffers=[b'abc', bytearray(b'def')]))
for data in (b'I0x10\n.', b'L010L\n.', b'Iabc\n.', b'Labc\n.', b'LL\n.', b'Fx\n.', b'gx\n.', b'Np-1\n.', b'', b'N', b'.', b'(.', b'\x80.',
             b'S\n.', b'X\x05\0\0\0a.', b'\xff.', b"'.", b'(0.', b'1.', b'(2.', b'Na.', b'(e.', b'Ne.', b'N(Ne.', b'NNNs.', b'N(Nu.',
             b'(Nd.', b'\x90.', b'(]\x91.', b'N}b.', b'NK\x01b.', b'NNR.', b'o.', b'(No.', b'NN\x81.', b'NNN\x92.', b'cbuiltins\nint\nN\x81.',
             b'\x80\x04\x8c\x02os\x8c\x08path.foo\x93.', b'NN\x93.', b'\x82\x00.', b'\x82\x01.', b'\x8b\xff\xff\xff\xff.',
             b'\x8e\xff\xff\xff\xff\xff\xff\xff\xff.', b'\x95\x05\0\0\0\0\0\0\0N.', b'\x97.', b'\x98.', b'N\x98.', b'U\x01\xff.',
             b'N(N\x86.', b'h\x00.', b'r\xff\xff\xff\xff.'):
    try:
        print(data, pickle.loads(data))
    except Exception as error:
        print(data, type(error).__name__, error)
