# Sessions, process groups, ids and priorities are the system's; errors are OSError or the argument's.
import posix

print(posix.getsid(0) == posix.getsid(posix.getpid()))
print(posix.getpgid(0) == posix.getpgid(pid=posix.getpid()) == posix.getpgrp())
print(posix.getresuid()[:2] == (posix.getuid(), posix.geteuid()))
print(posix.getresgid()[:2] == (posix.getgid(), posix.getegid()))
print(posix.nice(0) == posix.getpriority(posix.PRIO_PROCESS, 0))
print(posix.sched_get_priority_min(posix.SCHED_RR), posix.sched_get_priority_max(posix.SCHED_RR))
print([type(x) for x in posix.getloadavg()])

child = posix.fork()
if not child:
    posix.setpgid(0, 0)
    leads = posix.getpgid(0) == posix.getpid()
    posix._exit(0 if leads else 1)
print(posix.waitpid(child, 0)[1])
child = posix.fork()
if not child:
    posix.setsid()
    posix._exit(0 if posix.getsid(0) == posix.getpid() else 1)
print(posix.waitpid(child, 0)[1])

for call in (
    lambda: posix.getsid(-1),
    lambda: posix.getpgid(-1),
    lambda: posix.getpgid("x"),
    lambda: posix.getpgid(1 << 40),
    lambda: posix.getpgid(),
    lambda: posix.setpgid(1, 2, 3),
    lambda: posix.tcgetpgrp(-1),
    lambda: posix.tcsetpgrp(-1, 1),
    lambda: posix.getpriority(99, 0),
    lambda: posix.setpriority(99, 0, 0),
    lambda: posix.sched_get_priority_max(-7),
    lambda: posix.killpg(1 << 30, 0),
    lambda: posix.nice(1.5),
):
    try:
        print(call())
    except Exception as e:
        print(type(e).__name__, e)
