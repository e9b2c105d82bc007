import threading, os, sys, time
threading.Thread(target=sys.exit).start()
threading.excepthook = None
threading.Thread(target=lambda: 1 / 0).start()
time.sleep(0.1)
threading.Thread(target=lambda: os._exit(3)).start()
time.sleep(1)
