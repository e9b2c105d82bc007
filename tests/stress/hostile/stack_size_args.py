import threading
for n in (1, 0, -1, 32767, 32768, 2 ** 31, 2 ** 62, 2 ** 63, 'a', None, 4096 * 8 + 1):
    try:
        print(threading.stack_size(n))
        t = threading.Thread(target=print, args=(n,))
        t.start()
        t.join()
    except Exception as e:
        print(type(e).__name__, e)
