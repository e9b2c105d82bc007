"""Writes the README's tables of what works from results: results.py SUITE.json [BENCH.json]

SUITE.json comes from `tests/cpython.py build/coluber --all --json SUITE.json`, BENCH.json from `make bench`. The text
between the marks `<!-- results -->` and `<!-- end of results -->` in README.md is replaced.
"""
import datetime
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))
import bench

SUBJECTS = [
    ("language, compiler", "grammar syntax scope patma with raise except exception generators? gen coroutines asyncgen "
     "named positional keywordonly decorators unpack compile dis code peg ast symtable fstring future global opcodes "
     "peepholer flufl type_comments type_annotations string_literals unparse traceback class descr super metaclass "
     "property extcall call yield_from contextlib"),
    ("built-in types", "bool bytes str unicode int float long complex dict list tuple set slice range iter enumerate "
     "memoryview buffer array frame types typing builtin hash index sort userdict userlist userstring structseq format "
     "weakref weakset gc finalization module richcmp compare binop augassign contains bisect heapq deque defaultdict "
     "collections ordered_dict functools itertools operator copy enum dataclasses genericalias"),
    ("numbers, dates", "math cmath decimal fractions random statistics numeric_tower datetime time calendar strptime "
     "strftime zoneinfo pow"),
    ("text", "re string textwrap codec unicodedata ucn locale difflib pprint reprlib shlex gettext html xml sax minidom "
     "pulldom pyexpat csv json configparser tomllib plistlib email netrc mimetypes quopri base64 binascii uu"),
    ("files, processes, system", "os posix io file fileio memoryio bufio pathlib glob fnmatch shutil tempfile stat zip zlib "
     "gzip bz2 lzma tarfile mmap fcntl ioctl subprocess signal select poll epoll pty tty termios resource pwd grp errno "
     "sys sysconfig platform site cmd_line faulthandler fork wait popen eintr"),
    ("threads, networks", "thread threading threadsignals queue asyncio concurrent multiprocessing socket ssl ftplib http "
     "imaplib poplib smtp nntplib telnetlib url xmlrpc wsgiref selectors asynchat asyncore sched contextvars context robot"),
    ("import, introspection", "import importlib imp pkg pkgutil runpy zipimport frozen modulefinder pyclbr inspect pydoc "
     "doctest unittest pdb bdb trace cprofile profile tokenize tabnanny ensurepip venv py_compile compileall marshal "
     "pickle shelve dbm sqlite"),
]


def subject(module):
    name = module.removeprefix("test_").strip("_")
    best = max(((len(word), title) for title, words in SUBJECTS for word in words.split()
                if name == word or name.startswith(word) and (len(word) > 3 or name[len(word):len(word) + 1] == "_")),
               default=(0, "other"))
    return best[1]


def suite_table(results):
    lines = ["| subject | modules | without a difference | tests that pass, of those that python3.11 passes |",
             "|---|---|---|---|"]
    groups = {}
    for module, result in results.items():
        # What has no test that python3.11 runs here says nothing.
        if result["passed"] or result["differing"]:
            groups.setdefault(subject(module), []).append((module, result))
    unable = []
    def row(title, members):
        clean = sum(not r["differing"] for _, r in members)
        counted = [r for m, r in members if not (set(r["differing"]) == {m} and not r["passed"])]
        passed, differ = sum(r["passed"] for r in counted), sum(len(r["differing"]) for r in counted)
        lines.append(f"| {title} | {len(members)} | {clean} | {passed} of {passed + differ} |")
    for title in [title for title, _ in SUBJECTS] + ["other"]:
        if title in groups:
            row(title, groups[title])
    row("**all**", [member for members in groups.values() for member in members])
    for module, result in sorted(results.items()):
        if set(result["differing"]) == {module} and not result["passed"]:
            unable.append(module)
    lines += ["", "Not counted among the tests, because their import fails or they skip themselves (most need extension "
              f"modules): {', '.join(unable)}."]
    worst = sorted(((len(r["differing"]), m) for m, r in results.items() if m not in unable and r["differing"]),
                   reverse=True)[:12]
    lines.append("Most single differences: " + ", ".join(f"{m} ({n})" for n, m in worst) + ".")
    return lines


def bench_table(data):
    results, names = data["results"], [n for n in ("coluber", "pypy3") if n in data["versions"]]
    lines = [f"Times as fast as python3.11 ({data['date']}, {data['cpu']}, {data['cpus']} cores; geometric means; in "
             "brackets the time to the first result and the peak memory, both relative to python3.11):", "",
             f"| group | programs | {' | '.join(names)} |", "|---|---|" + "---|" * len(names)]
    for group in dict.fromkeys(line["group"] for line in results.values()):
        cells, count = [], 0
        for name in names:
            mean = bench.group_means(results, name).get(group)
            first, peak = (bench.group_means(results, name, key).get(group) for key in ("first", "peak_kb"))
            if mean:
                count = mean[1]
                cells.append(f"{mean[0]:.2f}" + (f" ({1 / first[0]:.2f}, {1 / peak[0]:.2f})" if first and peak else ""))
            else:
                cells.append("")
        lines.append(f"| {group} | {count} | {' | '.join(cells)} |")
    return lines


def main():
    lines = [f"CPython's own test suite, {datetime.date.today().isoformat()} (`make check-all`):", ""]
    lines += suite_table(json.loads(pathlib.Path(sys.argv[1]).read_text()))
    if len(sys.argv) > 2:
        lines += [""] + bench_table(json.loads(pathlib.Path(sys.argv[2]).read_text()))
        if (ROOT / "bench" / "results" / "chart.png").exists():
            lines += ["", "![Times as fast as python3.11](bench/results/chart.svg)"]
    readme = ROOT / "README.md"
    text = readme.read_text()
    begin, end = "<!-- results -->", "<!-- end of results -->"
    if begin not in text:
        sys.exit(f"README.md has no line {begin}")
    head, _, rest = text.partition(begin)
    readme.write_text(head + begin + "\n" + "\n".join(lines) + "\n" + end + rest.partition(end)[2])


if __name__ == "__main__":
    main()
