"""What several of the programs do: functions that run in threads at the same time."""
import threading
import time

END = time.monotonic() + 2
USUAL = (AttributeError, TypeError, ValueError, RuntimeError, KeyError, StopIteration, NameError, IndexError)


def together(*functions):
    """Calls each of the functions over and over in a thread of its own until END; what usually comes of such is no fault."""
    def loop(function):
        while time.monotonic() < END:
            for _ in range(50):
                try:
                    function()
                except USUAL:
                    pass
    threads = [threading.Thread(target=loop, args=(function,)) for function in functions]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print('ok')
