# One profiler in threads: enabled, cleared and asked by all of them.
import threading
import time
import _lsprof

end = time.monotonic() + 2
profiler = _lsprof.Profiler()


def work(order):
    steps = [profiler.enable, len, profiler.disable, profiler.getstats, profiler.clear][::order]
    while time.monotonic() < end:
        for step in steps:
            try:
                step()
            except TypeError:
                pass


threads = [threading.Thread(target=work, args=(order,)) for order in (1, -1, 1)]
[t.start() for t in threads]
[t.join() for t in threads]
print('ok')
