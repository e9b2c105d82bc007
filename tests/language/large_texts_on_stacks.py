# Large texts and bytes that only variables, generators, exceptions or objects with finalizers hold stay what they are
# while collections come.
import gc
import threading


def text(i):
    return f"{i}," * 20000


def check(value, i):
    assert len(value) == 20000 * len(f"{i},") and value.startswith(f"{i},") and value.count(f"{i},") >= 20000


def echo():
    i = 0
    while True:
        value, zeros = text(i), bytes(100000)
        yield value
        check(value, i)
        assert not any(zeros[::100])
        i += 1


class Returns:
    def __init__(self, i, back):
        self.value, self.i, self.back = text(i), i, back

    def __del__(self):
        self.back.append(self)


def work(count):
    kept, back, generator = [], [], echo()
    for i in range(count):
        value = text(i)
        octets = bytearray(value, "ascii")
        several = [text(k) for k in range(3)]
        Returns(i, back)
        cycle = [text(i)]
        cycle.append(cycle)
        del cycle
        check(next(generator), i)
        try:
            raise ValueError(text(i + 1))
        except ValueError as e:
            error = e
        if i % 13 == 0:
            gc.collect(i % 3)
        check(value, i)
        check(octets.decode(), i)
        check(error.args[0], i + 1)
        for k, other in enumerate(several):
            check(other, k)
        kept.append((i, value))
        for k, other in kept:
            check(other, k)
        del kept[:-5]
        while back:
            returned = back.pop()
            check(returned.value, returned.i)


work(30)
threads = [threading.Thread(target=work, args=(8,)) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("all as they were")
