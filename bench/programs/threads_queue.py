"""threads: a queue between a producer and two consumers."""
import queue
import threading

def run():
    jobs, results = queue.Queue(50), []
    def consume():
        while (job := jobs.get()) is not None:
            results.append(job * 2)
    threads = [threading.Thread(target=consume) for _ in range(2)]
    for t in threads:
        t.start()
    for i in range(4000):
        jobs.put(i)
    for _ in threads:
        jobs.put(None)
    for t in threads:
        t.join()
    return len(results), sum(results)
