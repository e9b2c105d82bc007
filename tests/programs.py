"""Runs the programs in tests/programs/, which use packages from PyPI, by python3.11 and by Coluber; output
and exit status must agree.

Usage: programs.py COLUBER FOLDER [NAME ...]

The packages of tests/programs/packages.txt are installed into FOLDER once. When PyPI is out of reach, the
run says so and counts every program as skipped. The time of both is shown: it is one run each, cold files
included, so only large differences mean anything.
"""
import os
import pathlib
import re
import subprocess
import sys
import time

ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
HERE = pathlib.Path(__file__).resolve().parent / "programs"
SECONDS = 600


def install(folder):
    """True when all packages are in `folder`."""
    complete = folder / "complete"
    wanted = (HERE / "packages.txt").read_text()
    if complete.exists() and complete.read_text() == wanted:
        return True
    folder.mkdir(parents=True, exist_ok=True)
    # Debian's python3.11 comes without pip; a virtual environment brings its own.
    pip = folder.with_name(folder.name + "-pip")
    if not (pip / "bin/pip").exists():
        subprocess.run([ORACLE, "-m", "venv", str(pip)], check=True)
    command = [pip / "bin/pip", "install", "-q", "--upgrade", "--target", str(folder), "-r", str(HERE / "packages.txt")]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        print("\n".join(done.stderr.splitlines()[-3:]))
        return False
    for extension in folder.rglob("*.so"):
        if extension.with_name(extension.name.partition(".")[0] + ".py").exists():
            extension.unlink()
    complete.write_text(wanted)
    return True


def run(python, path, folder):
    """Seconds, and what must agree: exit status and output, without addresses."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(folder), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80"}
    start = time.perf_counter()
    try:
        done = subprocess.run([python, "-W", "ignore", str(path)], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=SECONDS, env=environment)
    except subprocess.TimeoutExpired:
        return SECONDS, "timeout", b"", b""
    return time.perf_counter() - start, done.returncode, re.sub(rb"0x[0-9a-f]{6,}", b"0x", done.stdout), done.stderr


def main(coluber, folder, only):
    coluber, folder = os.path.abspath(coluber), pathlib.Path(folder).resolve()
    paths = sorted(p for p in HERE.glob("*.py") if not only or any(name in p.stem for name in only))
    if not install(folder):
        print("PyPI cannot be reached: the programs that use its packages were not run")
        print(f"0 passed, 0 failed, {len(paths)} skipped")
        return 0
    failed = 0
    for path in paths:
        expected, found = run(ORACLE, path, folder), run(coluber, path, folder)
        agree = found[1:3] == expected[1:3] and not expected[1]
        failed += not agree
        print(f"{'ok' if agree else 'FAILED'} {path.stem}: {found[0]:.2f} s, python3.11 {expected[0]:.2f} s", flush=True)
        if not agree:
            if found[1] or expected[1]:
                print(f"  exit status {found[1]}, python3.11's {expected[1]}, expected 0")
            for a, b in zip(expected[2].splitlines() + [b"(end)"], found[2].splitlines() + [b"(end)"]):
                if a != b:
                    print(f"  expected: {a[:200]!r}\n  found:    {b[:200]!r}")
                    break
            for line in found[3].decode(errors="replace").splitlines()[-3:]:
                print(f"  {line}")
    print(f"{len(paths) - failed} passed, {failed} failed, 0 skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
