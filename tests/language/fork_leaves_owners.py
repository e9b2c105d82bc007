# The child of a fork uses, with a thread of its own, what a thread has used alone that is not there any more.
import os, threading

OWN = 20000
left = []


def count(n):
    for i in range(n):
        yield i


stay, there = threading.Event(), threading.Event()


def owner_of_forked():
    rows = [0]
    for i in range(OWN):
        rows.append(i)
    left.append((rows, {i: i for i in range(10)}, count(10)))
    next(left[-1][2])
    there.set()
    stay.wait()


owner = threading.Thread(target=owner_of_forked)
owner.start()
there.wait()
child = os.fork()
if child == 0:
    rows, table, generator = left[-1]
    rows.append(1)
    table["child"] = 1

    def also():
        rows.append(2)
        table["thread"] = 2
        next(generator)

    thread = threading.Thread(target=also)
    thread.start()
    thread.join()
    rows.pop()
    os._exit(0 if (len(rows), len(table), next(generator)) == (OWN + 2, 12, 2) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stay.set()
owner.join()
