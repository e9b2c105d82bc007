import atexit, threading, time

def f():
    t = threading.Thread(target=time.sleep, args=(0.2,))
    t.start()
    t.join()
atexit.register(f)
threading.Thread(target=lambda: (time.sleep(0.1), atexit.register(f)), daemon=True).start()
