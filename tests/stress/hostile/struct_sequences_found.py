# gc.get_objects shows what other threads are making.
import gc, os, resource, threading, time
end = time.time() + 3
def make():
    while time.time() < end:
        for i in range(100):
            os.statvfs('/')
            resource.getrusage(0)
            time.gmtime()
def look():
    while time.time() < end:
        for o in gc.get_objects(0):
            if type(o) in (os.statvfs_result, resource.struct_rusage, time.struct_time):
                for x in o:
                    type(x)
                repr(o), hash(o), o == o[:], o.__reduce__(), o.count(None)
ts = [threading.Thread(target=f) for f in (make, make, look, look)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
