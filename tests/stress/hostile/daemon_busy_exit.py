import threading, time

def w():
    d = {}
    while 1:
        d[len(d) % 50] = [str(i) for i in range(10)]
        exec('x=1')
        open('/dev/null').close()
        print('', end='')
for i in range(8):
    threading.Thread(target=w, daemon=True).start()
time.sleep(0.2)
