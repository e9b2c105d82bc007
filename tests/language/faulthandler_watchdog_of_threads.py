# Threads that start and cancel the watchdog at once wait for each other, not for a watchdog that is gone.
import faulthandler
import threading

null = open("/dev/null", "w")


def work():
    for _ in range(50):
        faulthandler.dump_traceback_later(100, file=null)
        faulthandler.cancel_dump_traceback_later()


threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
