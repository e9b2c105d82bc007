# Threads close tracebacks into loops with each other: each loop is refused.
import random
import threading
import time

end = time.monotonic() + 2


def traceback():
    try:
        1 / 0
    except ZeroDivisionError as e:
        return e.__traceback__


entries = [traceback() for _ in range(4)]


def run(seed):
    choose = random.Random(seed)
    while time.monotonic() < end:
        for _ in range(300):
            a, b = choose.sample(entries, 2)
            try:
                a.tb_next = b
            except ValueError:
                pass
        for entry in entries:
            entry.tb_next = None


threads = [threading.Thread(target=run, args=(k,)) for k in range(6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
