# The stacks of a dozen threads are more than the C library keeps for later ones: in a fork's child it unmaps some when a
# thread ends there. What the lost threads held lives on, and no finalizer runs for it.
import gc, os, threading
class Held:
    def __del__(self):
        print('finalized')
stop = threading.Event()
def wait():
    held = Held()
    stop.wait()
threads = [threading.Thread(target=wait) for i in range(12)]
for thread in threads:
    thread.start()
def child():
    for i in range(3):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        gc.collect()
pid = os.fork()
if not pid:
    child()
    pid = os.fork()  # and once more, from where threads were lost
    if not pid:
        child()
        os._exit(0)
    os._exit(os.waitpid(pid, 0)[1] != 0)
print(os.waitpid(pid, 0)[1])
Held.__del__ = lambda self: None
stop.set()
for thread in threads:
    thread.join()
