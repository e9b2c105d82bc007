# heapq's functions on a list that other threads clear: what was pushed may be gone before it is sifted.
import threading, heapq, time
end = time.monotonic() + 2
h = []
def push():
    while time.monotonic() < end:
        for i in range(100):
            try: heapq.heappush(h, i)
            except (IndexError, RuntimeError): pass
def pop():
    while time.monotonic() < end:
        for i in range(100):
            try:
                heapq.heappop(h)
                heapq.heapify(h); heapq.heappushpop(h, 3); heapq.heapreplace(h, 4)
            except (IndexError, RuntimeError): pass
def clear():
    while time.monotonic() < end:
        for i in range(100): h.clear()
ts = [threading.Thread(target=f) for f in (push, clear, pop)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
