"""threads: the same numeric work in each of two threads."""
import threading

def work(out, n):
    total = 0
    for i in range(n):
        total += i * i % 7
    out.append(total)

def run():
    out = []
    threads = [threading.Thread(target=work, args=(out, 250_000)) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return sorted(out)
