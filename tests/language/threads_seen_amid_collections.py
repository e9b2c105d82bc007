# What looks at all threads goes on, and lets the others go on, while these collect.
import gc
import sys
import threading
import time

left = 4


def collect():
    global left
    for _ in range(200):
        gc.collect(0)
        [[] for _ in range(10)]
    with lock:
        left -= 1


lock = threading.Lock()
threads = [threading.Thread(target=collect) for _ in range(left)]
for thread in threads:
    thread.start()
main = threading.get_ident()
right = looks = 0
while left or not looks:
    for _ in range(20):
        looks += 1
        right += time.pthread_getcpuclockid(main) < 0
    sys._current_frames()
    sys._current_exceptions()
for thread in threads:
    thread.join()
print(right == looks)
