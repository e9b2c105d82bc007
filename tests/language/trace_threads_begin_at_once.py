"""Threads that begin to trace the same functions at the same moment run them all the same."""
import sys
import threading

# Long, so that what tracing needs of it takes a while to be made.
source = "def long(n):\n" + "    n = n + 1 if n else 2\n" * 3000 + "    return n\n"
code = compile(source, "long.py", "exec")
errors = []


def run(ready, function, results):
    sys.settrace(lambda frame, event, argument: None)
    try:
        ready.append(None)
        while len(ready) < 2:
            pass
        results.append(function(12))
    except BaseException as error:
        errors.append(repr(error))
    finally:
        sys.settrace(None)


found = set()
for _ in range(60):
    space = {}
    exec(code.replace(co_consts=(code.co_consts[0].replace(), *code.co_consts[1:])), space)
    results, ready = [], []
    threads = [threading.Thread(target=run, args=(ready, space["long"], results)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.update(results)
    if errors:
        break
print(found, errors)
