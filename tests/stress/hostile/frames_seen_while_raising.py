# A traceback makes its frame's object while other threads look at that frame: there must be one.
import sys
import threading
import time

end = time.monotonic() + 3


def fail():
    raise ValueError


def call_raising():
    while time.monotonic() < end:
        try:
            fail()
        except ValueError:
            pass


def allocate():
    while time.monotonic() < end:
        [[i] for i in range(20000)]


def looks():
    seen = []
    while time.monotonic() < end:
        for frame in sys._current_frames().values():
            while frame:
                seen.append(frame)
                frame = frame.f_back
        for frame in seen:
            frame.f_locals
        del seen[:-50]


threads = [threading.Thread(target=f) for f in (call_raising, call_raising, call_raising, looks, looks, allocate, allocate)]
for t in threads:
    t.start()
for t in threads:
    t.join()
