"""Runs commands one after the other, whatever they find, and adds up what they say.

Usage: check.py COMMAND ...

Each command, a line for the shell, ends its output in `N passed, N failed, N skipped` or in Meson's counts. A command
that fails without having counted a failure (it crashed, it could not start) counts as one. The last line is the sum.
"""
import re
import subprocess
import sys

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")
MESON = re.compile(r"^(Ok|Fail|Timeout|Unexpected Pass|Skipped):\s+(\d+)")
COLUMN = {"Ok": 0, "Fail": 1, "Timeout": 1, "Unexpected Pass": 1, "Skipped": 2}


def run(command):
    """Passed, failed and skipped of one command, whose output is passed on as it comes."""
    counts = [0, 0, 0]
    process = subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, text=True, errors="replace")
    for line in process.stdout:
        print(line, end="", flush=True)
        if match := COUNTS.match(line):
            counts = [int(n) for n in match.groups()]
        elif match := MESON.match(line):
            counts[COLUMN[match[1]]] += int(match[2])
    if process.wait() != 0 and not counts[1]:
        print(f"FAILED {command}: exit status {process.returncode}")
        counts[1] = 1
    return counts


def main(commands):
    passed, failed, skipped = (sum(column) for column in zip(*map(run, commands)))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main(sys.argv[1:]))
