"""Measures Coluber, python3.11 and pypy3 by turns.

Usage: bench.py COLUBER [--smoke] [--only NAME,...] [--rounds N] [--seconds S] [--output FILE.json]
                [--pyperformance FOLDER [--packages FOLDER]] [--chart NAME] [--without pypy3] [--processor-time]
       bench.py --install PYTHON --pyperformance FOLDER --packages FOLDER
       bench.py --compare OLD.json NEW.json

Groups: the programs of bench/programs (their doc strings begin with the group), the opcodes of bench/opcodes.py, and,
when FOLDER holds the benchmarks of the pyperformance package, those of them that are written in Python; --install
downloads the packages that some of them use. Each program runs in a process of its own, for S seconds, N rounds, all interpreters in each round. What
counts is the median of the second half of the calls of a round (steady state), and of those the smallest.

Prints for each program the time of python3.11, how many times faster (above 1) or slower the others are, with the
spread over the rounds, the time to the first result, and the peak of memory; for each group geometric means.
--processor-time counts that in the place of elapsed time: for machines that are busy with something else as well.
--smoke runs everything once and only compares results. --chart writes bar charts NAME.svg and NAME.png.
"""
import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
LIMIT = 180
# Below this no difference between two runs counts; the spread of the rounds raises it.
NOISE = 0.06


def environment(packages=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return kept | {"PYTHONHASHSEED": "0"} | ({"PYTHONPATH": str(packages)} if packages else {})


def start(command, cwd=None, packages=None):
    """Output of the command, or an exception with the end of its standard error."""
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT, cwd=cwd,
                              env=environment(packages))
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"took more than {LIMIT} s") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(lines[-1][:200])
    return done.stdout


TIMED = """
import os, sys, time, resource
begin = time.perf_counter()
if os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ) and os.wait()[1]: sys.exit("failed")
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


class Program:
    """One benchmark; run(python, seconds) gives {"times", "first", "peak", "result"}."""
    def __init__(self, group, name, run):
        self.group, self.name, self.run = group, name, run


def timed_file(path, arguments=(), packages=None):
    def run(python, seconds):
        return json.loads(start([python, str(HERE / "run_one.py"), str(path), str(seconds), *arguments],
                                cwd=path.parent, packages=packages))
    return run


def timed_command(arguments):
    def run(python, seconds):
        times, peak = [], 0
        for _ in range(max(1, round(seconds * 10))):
            took, memory = start([ORACLE, "-S", "-c", TIMED, python, *arguments]).split()
            times.append(float(took))
            peak = max(peak, int(memory))
        return {"times": times, "first": times[0], "peak": peak, "result": ""}
    return run


def own_programs():
    for path in sorted((HERE / "programs").glob("*.py")):
        head = re.match(r'"""(\w+): (?:command: (.*?))?', path.read_text())
        command = re.match(r'"""\w+: command: (.*)"""', path.read_text())
        run = timed_command(split_command(command[1])) if command else timed_file(path)
        yield Program(head[1], path.stem, run)


def split_command(text):
    before, c, code = text.partition("-c ")
    return before.split() + ["-c", code]


# Not part of the comparison: what wants decimal, sqlite or other extension modules, measures the collector or the start
# alone (bench/programs does), or needs more than an interpreter.
LEFT_OUT = re.compile("telco|decimal_|sqlite_synth|sqlalchemy_|gc_|python_startup|hg_startup|coverage|dask|fastapi|asyncio_tcp_ssl"
                      "|async_tree.*eager")
# Programs whose description does not say which of their benchmarks is meant.
ARGUMENTS = {"xml_etree": ["--etree-module", "xml.etree.ElementTree"], "async_tree": ["none"]}


def packaged_programs(folder, packages):
    """The benchmarks of the pyperformance package: a description (.toml) each, some of them of the same program.

    Those that use other packages find them in packages/PROGRAM, where `bench.py --install` put them.
    """
    for path in sorted(pathlib.Path(folder).resolve().glob("bm_*/*.toml")):
        described = tomllib.loads(path.read_text())["tool"]["pyperformance"]
        name = described["name"]
        program = path.parent / "run_benchmark.py"
        needs = packages / path.parent.name if (path.parent / "requirements.txt").exists() else None
        if LEFT_OUT.match(name) or not program.exists() or needs and not needs.is_dir():
            continue
        yield Program("pyperformance", name, timed_file(program, described.get("extra_opts", ARGUMENTS.get(name, ())), needs))


def install(python, folder, packages):
    """Downloads what programs of pyperformance want, each into a folder of its own, without compiled modules.

    All interpreters then run the same Python code.
    """
    for path in sorted(pathlib.Path(folder).glob("bm_*/requirements.txt")):
        target = packages / path.parent.name
        if target.is_dir() or LEFT_OUT.match(path.parent.name[3:]):
            continue
        made = target.with_suffix(".new")
        shutil.rmtree(made, ignore_errors=True)
        done = subprocess.run([python, "-m", "pip", "-q", "install", "--target", made, "-r", path], capture_output=True, text=True)
        if done.returncode:
            print(f"{path.parent.name[3:]} is left out: {(done.stderr.strip().splitlines() or ['pip failed'])[-1]}")
            continue
        for compiled in made.rglob("*.so"):
            compiled.unlink()
        made.rename(target)


def steady(run):
    times = run["times"]
    return statistics.median(times[len(times) // 2:])


def measure(programs, pythons, rounds, seconds, smoke):
    """{program: {python: {...}}}, and the failures as texts."""
    results, problems = {}, []
    for program in programs:
        runs = {name: [] for name in pythons}
        failed = {}
        for _ in range(rounds):
            for name, path in pythons.items():
                if name not in failed:
                    try:
                        runs[name].append(program.run(path, seconds))
                    except (RuntimeError, ValueError) as error:
                        failed[name] = str(error)
        line = {"group": program.group}
        for name, done in runs.items():
            if name in failed:
                line[name] = {"failed": failed[name]}
                continue
            values = [steady(run) for run in done]
            line[name] = {"values": values, "best": min(values), "first": min(run["first"] for run in done),
                          "peak_kb": max(run["peak"] for run in done), "result": done[0]["result"]}
        results[program.name] = line
        if "coluber" in failed and "python3.11" not in failed and "is an extension module" not in failed["coluber"]:
            problems.append(f"{program.name}: {failed['coluber']}")
        expected, found = (line.get(name, {}).get("result") for name in ("python3.11", "coluber"))
        if expected is not None and found is not None and expected != found:
            problems.append(f"{program.name}: result {found[:100]}, expected {expected[:100]}")
        print("  " + (f"{program.group}/{program.name}: "
                      f"{'ran' if smoke else describe(line, list(pythons))}"), flush=True)
    return results, problems


def measure_opcodes(pythons, rounds, seconds):
    collected = {name: [] for name in pythons}
    for _ in range(rounds):
        for name, path in pythons.items():
            collected[name].append(json.loads(start([path, str(HERE / "opcodes.py"), str(seconds)])))
    results = {}
    for opcode in collected["coluber"][0]:
        results[opcode] = {"group": "opcodes"}
        for name, runs in collected.items():
            values = [run[opcode] * 1e-9 for run in runs]
            results[opcode][name] = {"values": values, "best": min(values)}
    return results


def spread(entry):
    return (max(entry["values"]) - entry["best"]) / entry["best"]


def duration(seconds):
    for unit, scale in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def describe(line, names):
    base = line.get("python3.11", {})
    parts = []
    for name in names:
        entry = line.get(name, {})
        if "best" not in entry:
            parts.append(f"{name} failed ({entry.get('failed', 'not run')[:60]})")
        elif name == "python3.11" or "best" not in base:
            parts.append(f"{name} {duration(entry['best'])}")
        else:
            parts.append(f"{name} {base['best'] / entry['best']:.2f}x ±{spread(entry):.0%}")
            if "first" in entry and "first" in base:
                parts[-1] += f" (first {base['first'] / entry['first']:.2f}x, memory {entry['peak_kb'] / base['peak_kb']:.2f}x)"
    return ", ".join(parts)


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None


def group_means(results, name, key="best"):
    """{group: how many times faster than python3.11 (geometric mean), number of programs}"""
    groups = {}
    for line in results.values():
        entry, base = line.get(name, {}), line.get("python3.11", {})
        if key in entry and key in base:
            groups.setdefault(line["group"], []).append(base[key] / entry[key])
    return {group: (mean(ratios), len(ratios)) for group, ratios in groups.items()}


def print_means(results, names):
    others = [name for name in names if name != "python3.11"]
    print("\nTimes as fast as python3.11, geometric means (time to the first result | memory, times python3.11's):")
    for group in dict.fromkeys(line["group"] for line in results.values()):
        parts = []
        for name in others:
            value = group_means(results, name).get(group)
            if value:
                text = f"{name} {value[0]:.2f}x of {value[1]}"
                first, peak = (group_means(results, name, key).get(group) for key in ("first", "peak_kb"))
                parts.append(text + (f" ({first[0]:.2f}x | {1 / peak[0]:.2f}x)" if first and peak else ""))
        print(f"  {group}: {', '.join(parts)}")


def chart(results, names, target, date):
    """Bars for each group: how many times as fast as python3.11, on a logarithmic scale."""
    colours = {"coluber": "#2b6cb0", "pypy3": "#c05621"}
    others = [name for name in names if name != "python3.11"]
    means = {name: group_means(results, name) for name in others}
    groups = list(dict.fromkeys(line["group"] for line in results.values()))
    values = [means[name][group][0] for name in others for group in groups if group in means[name]]
    low, high = min(values + [0.5]), max(values + [2])
    left, width, row = 130, 640, 14 * len(others) + 14
    height = 70 + row * len(groups)
    at = lambda value: left + (math.log(value) - math.log(low)) / (math.log(high) - math.log(low)) * (width - left - 60)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="10" y="18" font-size="14">Times as fast as python3.11 ({date})</text>']
    for index, name in enumerate(others):
        out.append(f'<rect x="{left + 130 * index}" y="28" width="10" height="10" fill="{colours.get(name, "#888")}"/>'
                   f'<text x="{left + 130 * index + 14}" y="37">{name}</text>')
    for number, group in enumerate(groups):
        top = 50 + row * number
        out.append(f'<text x="{left - 8}" y="{top + row / 2}" text-anchor="end">{group}</text>')
        for index, name in enumerate(others):
            if group not in means[name]:
                continue
            value = means[name][group][0]
            x = sorted((at(1), at(value)))
            y = top + 14 * index
            out.append(f'<rect x="{x[0]:.1f}" y="{y}" width="{max(x[1] - x[0], 1):.1f}" height="12" '
                       f'fill="{colours.get(name, "#888")}"/><text x="{x[1] + 4:.1f}" y="{y + 10}" font-size="10">{value:.2f}</text>')
    out.append(f'<line x1="{at(1):.1f}" y1="44" x2="{at(1):.1f}" y2="{height - 16}" stroke="black"/></svg>')
    svg = pathlib.Path(f"{target}.svg")
    svg.write_text("\n".join(out) + "\n")
    for command in (["rsvg-convert", "-z", "2", "-o", f"{target}.png", str(svg)],
                    ["convert", "-density", "192", str(svg), f"{target}.png"]):
        if shutil.which(command[0]) and subprocess.run(command, capture_output=True).returncode == 0:
            return print(f"wrote {svg} and {target}.png")
    print(f"wrote {svg}; {target}.png needs rsvg-convert (package librsvg2-bin)")


def compare(old_path, new_path):
    """Names what changed by more than the noise; exit status 1 when something became slower."""
    old, new = (json.loads(pathlib.Path(path).read_text())["results"] for path in (old_path, new_path))
    slower = faster = same = 0
    ratios = {}
    for name, line in new.items():
        now, before = line.get("coluber", {}), old.get(name, {}).get("coluber", {})
        if "best" not in before and "best" not in now:
            continue
        if "best" not in now or "best" not in before:
            print(f"{line['group']}/{name}: {'ran in OLD only' if 'best' in before else 'ran in NEW only'}")
            slower += "best" in before
            continue
        ratio = now["best"] / before["best"]
        # What happened to python3.11 meanwhile happened to the machine.
        base_now, base_before = line.get("python3.11", {}), old[name].get("python3.11", {})
        noise = max(NOISE, min(spread(now), spread(before)))
        machine = 1.0
        if "best" in base_now and "best" in base_before:
            machine = base_now["best"] / base_before["best"]
            noise = max(noise, abs(machine - 1) / 2)
        ratios.setdefault(line["group"], []).append(ratio)
        if abs(ratio - 1) <= noise:
            same += 1
            continue
        slower, faster = slower + (ratio > 1), faster + (ratio < 1)
        print(f"{line['group']}/{name}: {duration(before['best'])} -> {duration(now['best'])}, "
              f"{abs(ratio - 1):.0%} {'SLOWER' if ratio > 1 else 'faster'} (noise {noise:.0%}, "
              f"python3.11 {machine - 1:+.0%})")
    for group, values in ratios.items():
        print(f"{group}: {mean(values) - 1:+.1%} time, geometric mean of {len(values)}")
    print(f"{same} within the noise, {faster} faster, {slower} slower")
    return 1 if slower else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber", nargs="?")
    parser.add_argument("--compare", nargs=2)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--pyperformance")
    parser.add_argument("--packages", type=pathlib.Path, default=HERE / "packages")
    parser.add_argument("--install", metavar="PYTHON")
    parser.add_argument("--chart")
    parser.add_argument("--without", default="")
    parser.add_argument("--processor-time", action="store_true")
    options = parser.parse_args()
    options.packages = options.packages.resolve()  # programs run in folders of their own
    if options.compare:
        for path in options.compare:
            if not os.path.isfile(path):
                sys.exit(f"no such file: {path}")
        return compare(*options.compare)
    if options.install:
        return install(options.install, options.pyperformance, options.packages)
    if options.processor_time:
        os.environ["BENCH_CLOCK"] = "processor"
    pythons = {"python3.11": ORACLE, "coluber": os.path.abspath(options.coluber)}
    if shutil.which("pypy3") and not options.smoke:
        pythons["pypy3"] = shutil.which("pypy3")
    for name in options.without.split(","):
        pythons.pop(name, None)
    programs = list(own_programs())
    if options.pyperformance and pathlib.Path(options.pyperformance).is_dir():
        programs += packaged_programs(options.pyperformance, options.packages)
    elif not options.smoke:
        print("pyperformance is not installed: that group is left out")
    opcodes = not options.smoke
    if options.only:
        names = options.only.split(",")
        opcodes = "opcodes" in names
        programs = [p for p in programs if any(name in (p.group, p.name) for name in names)]
    rounds, seconds = (1, 0) if options.smoke else (options.rounds, options.seconds)
    if not programs and not opcodes:
        sys.exit("nothing of that name")
    results, problems = measure(programs, pythons, rounds, seconds, options.smoke)
    if opcodes:
        results |= measure_opcodes(pythons, rounds, max(seconds * 2, 1))
        for name, line in results.items():
            if line["group"] == "opcodes":
                print(f"  opcodes/{name}: {describe(line, list(pythons))}")
    date = datetime.date.today().isoformat()
    if not options.smoke:
        print_means(results, list(pythons))
        if options.output:
            head = {"date": date, "machine": platform.processor() or platform.machine(), "cpus": os.cpu_count(),
                    "cpu": cpu_name(), "kernel": platform.release(), "versions": {
                        name: subprocess.run([path, "-VV"], capture_output=True, text=True).stdout.strip()
                        for name, path in pythons.items()}}
            options.output.parent.mkdir(parents=True, exist_ok=True)
            options.output.write_text(json.dumps(head | {"results": results}, indent=1) + "\n")
            print(f"wrote {options.output}")
        if options.chart:
            chart(results, list(pythons), options.chart, date)
    for problem in problems:
        print(f"FAILED {problem}")
    # What python3.11 itself cannot run (a missing package) says nothing.
    skipped = sum("failed" in line.get("python3.11", {}) for line in results.values())
    print(f"{len(results) - len(problems) - skipped} passed, {len(problems)} failed, {skipped} skipped")
    return 1 if problems or skipped == len(results) else 0


def cpu_name():
    match = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return match[1] if match else "unknown"


if __name__ == "__main__":
    sys.exit(main())
