"""Programs that do what no program should: tests/stress/hostile/*.py. Any outcome but a crash or a hang is right.

Usage: hostile.py INTERPRETER [NAME ...]

They empty builtins and sys.modules, change containers from within `__eq__`, `__index__`, `__repr__` and key functions, jump and clear
frames from trace functions, replace fields of code objects, fork and raise from everywhere, let threads share iterators, files,
generators and everything else, and resurrect what is being finalized. Each runs in a process and a folder of its own, with LONGEST
seconds of processor time and 4 GB of addresses (neither with sanitizers).
"""
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

LONGEST = 40
PROGRAMS = pathlib.Path(__file__).resolve().parent / "hostile"


def run(interpreter, path, sanitized):
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if not sanitized:
            resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        process = subprocess.Popen([interpreter, "-W", "ignore", str(path)], stdin=subprocess.DEVNULL, stdout=output, cwd=folder,
                                   stderr=subprocess.STDOUT, env=environment, preexec_fn=limit, start_new_session=True)
        try:
            status = process.wait(20 * LONGEST)
        except subprocess.TimeoutExpired:
            status = "no end"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)  # and what it left behind
            except ProcessLookupError:
                pass
            process.wait()
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status == "no end" or status < 0 or "Sanitizer" in text or "Fatal Python error" in text:
        return f"FAILED {path.stem}: {status}\n{text[-800:]}"
    return None


def main():
    interpreter, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]
    paths = [path for path in sorted(PROGRAMS.glob("*.py")) if not wanted or path.stem in wanted]
    program = pathlib.Path(interpreter).read_bytes()
    sanitized = b"__asan_init" in program or b"__tsan_init" in program
    failed = 0
    for path in paths:
        start = time.monotonic()
        problem = run(interpreter, path, sanitized)
        if problem:
            failed += 1
            print(problem, flush=True)
        elif wanted:
            print(f"{path.stem}: {time.monotonic() - start:.1f} s", flush=True)
    print(f"{len(paths) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
