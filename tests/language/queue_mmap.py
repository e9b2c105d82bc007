# SimpleQueue between threads; an anonymous mapping as a sequence of bytes.
import _queue
import mmap
import threading

q = _queue.SimpleQueue()
threads = [threading.Thread(target=lambda: [q.put(i) for i in range(2000)]) for _ in range(4)]
for t in threads:
    t.start()
print(sum(q.get(timeout=10) for _ in range(8000)), q.qsize(), q.empty())
for t in threads:
    t.join()
try:
    q.get(timeout=0.01)
except _queue.Empty as e:
    print("Empty", e.args)

with mmap.mmap(-1, 16) as m:
    m[0:5] = b"hello"
    m.seek(5)
    print(m.write(b" world"), m.tell(), m[:], m.find(b"wor"), m.rfind(b"o"), m[0])
    view = memoryview(m)
    view[0] = 72
    try:
        m.close()
    except BufferError as e:
        print("BufferError", e)
    view.release()
    m.move(6, 0, 5)
    print(m[:12], m)
print(m.closed)
try:
    m[0]
except ValueError as e:
    print("ValueError", e)
