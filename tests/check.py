"""Runs commands one after the other, whatever they find, and adds up what they say.

Usage: check.py COMMAND ...

Each command, a line for the shell, ends its output in `N passed, N failed, N skipped` or in Meson's counts. A command
that fails without having counted a failure (it crashed, it could not start) counts as one. In the end stands once more
what failed, with what was said of it, as far as it fits on a screen: many keep only the last lines. The last line is the sum.
"""
import re
import subprocess
import sys

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")
MESON = re.compile(r"^(Ok|Fail|Timeout|Unexpected Pass|Skipped):\s+(\d+)")
FAILED = re.compile(r"^( *)FAILED |^( *)\d+/\d+ .* (?:FAIL|TIMEOUT)\b")
SHOWN = 40
COLUMN = {"Ok": 0, "Fail": 1, "Timeout": 1, "Unexpected Pass": 1, "Skipped": 2}


def run(command, failures):
    """Passed, failed and skipped of one command, whose output is passed on as it comes; adds what failed to `failures`."""
    counts = [0, 0, 0]
    margin = None
    process = subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, text=True, errors="replace")
    for line in process.stdout:
        print(line, end="", flush=True)
        if match := FAILED.match(line):
            margin = len(line) - len(line.lstrip())
            failures.append([line])
        elif margin is not None and line.startswith(" " * (margin + 1)):
            failures[-1].append(line)
        else:
            margin = None
        if match := COUNTS.match(line):
            counts = [int(n) for n in match.groups()]
        elif match := MESON.match(line):
            counts[COLUMN[match[1]]] += int(match[2])
    if process.wait() != 0 and not counts[1]:
        print(f"FAILED {command}: exit status {process.returncode}")
        failures.append([f"FAILED {command}: exit status {process.returncode}\n"])
        counts[1] = 1
    return counts


def main(commands):
    failures = []
    passed, failed, skipped = (sum(column) for column in zip(*(run(command, failures) for command in commands)))
    if failures:
        print("What failed:")
        each = max(SHOWN // len(failures), 1)
        for first, *rest in failures[:SHOWN]:
            print(first + "".join(rest[max(len(rest) + 1 - each, 0):]), end="")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main(sys.argv[1:]))
