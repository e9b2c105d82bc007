import threading

class A:

    def __del__(s):
        t = threading.Thread(target=print, args=('x',))
        try:
            t.start()
            t.join(1)
        except BaseException as e:
            print(type(e))
a = A()
a.b = a
import sys
sys.keep = A()
