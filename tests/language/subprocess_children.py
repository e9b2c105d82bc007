"""Children that share their parent's memory until exec: what they inherit, and what goes on beside them."""
import os
import signal
import subprocess
import sys
import tempfile
import threading

ticks = 0


def tick(number, frame):
    global ticks
    ticks += 1


def outcome(*args, **kwargs):
    try:
        done = subprocess.run(*args, capture_output=True, text=True, **kwargs)
        return done.returncode, done.stdout, done.stderr
    except OSError as e:
        return type(e).__name__, e.errno, e.filename
    except subprocess.SubprocessError as e:
        return type(e).__name__, str(e)


with tempfile.TemporaryDirectory() as folder:
    plain = os.path.join(folder, "plain")
    with open(plain, "w") as file:
        file.write("no program")
    os.chmod(plain, 0o755)
    hidden = os.path.join(folder, "hidden")
    os.mkdir(hidden)
    print(outcome(["sh", "-c", "echo $0 $1; echo err >&2; exit 3", "a", "b"]))
    print(outcome(["/no/such/program"]), outcome(["no-such-program"]))
    print(outcome([plain])[:2], outcome([hidden])[:2])
    print(outcome(["pwd"], cwd=hidden)[1].endswith("hidden\n"), outcome(["pwd"], cwd="/no/such/folder"))
    print(outcome(["sh", "-c", "echo $X$Y"], env={"X": "1", "PATH": os.environ["PATH"]}))
    print(outcome(["sh", "-c", "umask"], umask=0o27), outcome(["sh", "-c", "umask"])[1] == outcome(["sh", "-c", "umask"])[1])
    print(outcome(["sh", "-c", "kill -0 -$$ && echo leader"], start_new_session=True)[:2], outcome(["sh", "-c", "kill -0 -$$"])[0] != 0)
    print(outcome(["true"], preexec_fn=lambda: None), outcome(["true"], preexec_fn=lambda: 1 / 0))
    print(outcome(["sh", "-c", "kill -PIPE $$; echo alive"]), outcome(["sh", "-c", "kill -PIPE $$; echo alive"], restore_signals=False))

    # The parent keeps its own folder, mask, handlers and descriptors.
    before = os.getcwd(), os.umask(0o22)
    os.umask(before[1])
    signal.signal(signal.SIGUSR1, tick)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    read, write = os.pipe()
    print(outcome(["sh", "-c", f"echo into the pipe >&{write}; trap - USR1; kill -USR1 $$; echo no"], pass_fds=[write], cwd="/", umask=0o77))
    print(os.read(read, 100), signal.getsignal(signal.SIGUSR1) is tick, signal.pthread_sigmask(signal.SIG_BLOCK, []) - blocked)
    now = os.getcwd(), os.umask(0o22)
    os.umask(now[1])
    print(before == now)
    print(outcome(["sh", "-c", f"echo x >&{write}"], close_fds=True)[0] != 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    os.kill(os.getpid(), signal.SIGUSR1)
    print(ticks)

    # Several threads, signals, and collections of what other threads make.
    signal.signal(signal.SIGALRM, tick)
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    results, stop = [], False

    def children(n):
        for i in range(8):
            results.append(outcome(["sh", "-c", f"echo {n}.{i}"], env={"N": str(n)}) == (0, f"{n}.{i}\n", ""))
            results.append(outcome([f"/no/such/{n}"])[0] == "FileNotFoundError")

    def garbage():
        while not stop:
            [[i] for i in range(1000)]

    threads = [threading.Thread(target=children, args=[n]) for n in range(3)]
    other = threading.Thread(target=garbage)
    other.start()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    stop = True
    other.join()
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(len(results), all(results), ticks > 1)
