# A trace function that recurses without end, that sets another trace function deep down, that raises there.
import sys
import threading

sys.setrecursionlimit(10**9)
threading.stack_size(128 * 1024)


class Deep:
    def __getattr__(self, name): return getattr(self, name)
    def __eq__(self, other): return [self] == [other]


def trace(frame, event, argument):
    sys.settrace(trace)
    frame.f_trace_opcodes = True
    try:
        Deep() == Deep()
    except RecursionError:
        Deep().x  # this one is raised out of the trace function, which ends tracing
    return trace


def work():
    for _ in range(3):
        sys.settrace(trace)
        try:
            sum(map(lambda x: x, range(3)))
        except RecursionError:
            pass
    sys.settrace(None)


work()
threading.settrace(trace)
threads = [threading.Thread(target=work) for _ in range(20)]
threading.excepthook = lambda *_: None
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
