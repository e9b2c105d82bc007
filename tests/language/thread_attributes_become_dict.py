# Threads that add, read, copy and delete attributes of an object find all that is there while it changes from slots to a dict.
import copy, threading

THREADS, ADDED, PRESENT = 6, 40, 25


class Subject: pass


def work(subject, i, start, errors):
    try:
        start.wait()
        for j in range(ADDED):
            setattr(subject, f"added_{j}_{i}", j)
            assert getattr(subject, "present_" + str(j % PRESENT)) == j % PRESENT
            if i < 2:
                assert len(copy.copy(subject).__dict__) >= PRESENT
                assert len(subject.__reduce_ex__(2)[2]) >= PRESENT
            elif i == 3 and j == 30:
                subject.__dict__
            elif i == 4 and j == 20:
                subject.passing = 1
                del subject.passing
    except BaseException as e:
        errors.append(repr(e))


for _ in range(25):
    subject, start, errors = Subject(), threading.Barrier(THREADS), []
    for j in range(PRESENT):
        setattr(subject, f"present_{j}", j)
    threads = [threading.Thread(target=work, args=(subject, i, start, errors)) for i in range(THREADS)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    if errors or len(vars(subject)) != PRESENT + ADDED * THREADS:
        print(len(vars(subject)), errors)
print("done")
