# Command lines, configuration and logs, as services have them.
import argparse
import configparser
import datetime
import decimal
import fractions
import io
import logging
import logging.config
import logging.handlers
import os
import queue
import re
import statistics
import sys
import tempfile
import textwrap
import threading
import time
import tracemalloc
import zoneinfo


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except SystemExit as stop:
        return f"SystemExit: {stop.code}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


os.environ["COLUMNS"] = "70"
sys.stderr = sys.stdout

# argparse
parser = argparse.ArgumentParser("service", description="Runs a thing. " * 8, epilog="See also: nothing.", fromfile_prefix_chars="@")
parser.add_argument("--version", action="version", version="%(prog)s 1.2")
parser.add_argument("-v", "--verbose", action="count", default=0, help="more of it (default: %(default)s)")
parser.add_argument("--level", type=int, choices=range(1, 5), metavar="LEVEL")
parser.add_argument("--size", type=lambda text: int(text.rstrip("k")) * 1024, default="4k")
parser.add_argument("--cache", action=argparse.BooleanOptionalAction, default=True)
either = parser.add_mutually_exclusive_group()
either.add_argument("--json", action="store_const", const="json", dest="form")
either.add_argument("--xml", action="store_const", const="xml", dest="form")
commands = parser.add_subparsers(dest="command", required=True, title="commands", metavar="COMMAND")
serve = commands.add_parser("serve", aliases=["s"], help="serves", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
serve.add_argument("hosts", nargs="+", metavar="HOST")
serve.add_argument("--port", "-p", type=int, default=80, help="where")
serve.add_argument("--define", "-D", action="append", nargs=2, metavar=("KEY", "VALUE"), help=argparse.SUPPRESS)
stop = commands.add_parser("stop", help="stops")
stop.add_argument("when", nargs="?", type=datetime.date.fromisoformat)
stop.add_argument("rest", nargs=argparse.REMAINDER)
with tempfile.NamedTemporaryFile("w", suffix=".args") as f:
    f.write("-vv\nserve\nx\n")
    f.flush()
    for line in ("-h", "--version", "", "serve", "serve a b -p 8080 -D k v -D l w", "-vvv --json s h", "--json --xml serve x", "--lev 9 serve x",
                 "--le 3 --no-cache --size 7k stop 2020-02-29 -x y", "stop 2020-02-30", "serve -p x h", "serve -h", "--ver", "odd", "--size k stop",
                 "serve h --unknown", "@" + f.name, "@missing.args", "-x stop"):
        print("$", line.replace(f.name, "FILE"))
        print(attempt(parser.parse_args, line.split()))
print(parser.parse_known_args("--level 2 stop".split()), parser.format_usage(), parser.get_default("size"))
print(attempt(parser.add_argument, "-v"), attempt(parser.add_argument, "x", required=True), attempt(parser.add_argument, "--z", action="odd"))

# configparser
config = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation(), allow_no_value=True)
config.read_string(textwrap.dedent("""
    [DEFAULT]
    root = /srv
    [web]
    path = ${root}/web
    ports = 80
      443
    debug : yes
    flag
    [db]
    path = ${web:path}/db
    broken = ${nothing}
"""))
print({s: dict(config.items(s, raw=True)) for s in config.sections()}, config["db"]["path"], config.getboolean("web", "debug"))
print(attempt(config.get, "db", "broken"), attempt(config.getint, "web", "ports"), attempt(config.get, "no", "x"))
for source in "[a]\n[a]\n", "x=1\n", "[a]\nx=1\nx=2\n", "[a\n":
    print(attempt(configparser.ConfigParser().read_string, source))
out = io.StringIO()
config.write(out)
print(out.getvalue())

# logging
stream = io.StringIO()
logging.config.dictConfig({
    "version": 1,
    "formatters": {"long": {"format": "{levelname:>8}:{name}:{funcName}:{lineno}:{threadName}:{message}", "style": "{"},
                   "short": {"format": "%(levelname)s %(message)s %(extra)s", "defaults": {"extra": "-"}}},
    "filters": {"only": {"name": "app.db"}},
    "handlers": {"all": {"class": "logging.StreamHandler", "stream": stream, "formatter": "long"},
                 "db": {"class": "logging.StreamHandler", "stream": stream, "filters": ["only"], "level": "WARNING"}},
    "root": {"level": "INFO", "handlers": ["all"]},
    "loggers": {"app": {"level": "DEBUG", "handlers": ["db"]}, "quiet": {"propagate": False, "level": "ERROR"}},
})


def fails():
    try:
        {}["key"]
    except KeyError:
        logging.getLogger("app.db").exception("failed with %s", "arguments", stack_info=False)


logging.getLogger("app").debug("debug %d %s", 1, "two")
logging.getLogger("app.db").warning("careful")
logging.getLogger("quiet").error("not seen by root")
logging.getLogger("other").debug("too low")
logging.getLogger("app").info("%(a)s and %(b)s", {"a": 1, "b": 2})
logging.getLogger("app").info("too %s few %s", 1)
logging.getLogger("app").log(35, "between", extra={"x": 1})
fails()
thread = threading.Thread(target=logging.getLogger("app").info, args=("from a thread",), name="worker")
thread.start()
thread.join()
print(re.sub(r'File ".*?(\w+\.py)"', r'File "\1"', stream.getvalue()))
with tempfile.TemporaryDirectory() as folder:
    rotating = logging.handlers.RotatingFileHandler(f"{folder}/log", maxBytes=100, backupCount=2, encoding="utf-8")
    held = logging.handlers.MemoryHandler(10, target=rotating)
    q = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(q, held)
    log = logging.getLogger("files")
    log.propagate = False
    log.addHandler(logging.handlers.QueueHandler(q))
    listener.start()
    for i in range(20):
        log.warning("line %d äö", i)
    listener.stop()
    held.close()
    rotating.close()
    print({name: open(f"{folder}/{name}", encoding="utf-8").read() for name in sorted(os.listdir(folder))})
print(attempt(logging.config.dictConfig, {"version": 1, "handlers": {"x": {"class": "no.such"}}}), attempt(log.setLevel, "LOUD"))
logging.shutdown()

# numbers
with decimal.localcontext() as context:
    context.prec = 28
    D = decimal.Decimal
    print(D(1) / D(7), D("1.10") + D("2.2"), D(2).sqrt(), D("1e5").ln(), D("-0.00").normalize(), D("NaN").compare(D(1)), D("12.345").quantize(D("0.01"), "ROUND_HALF_EVEN"))
    print(attempt(lambda: D(1) / 0).partition(":")[0], attempt(D, "x").partition(":")[0], D("1e-10").to_eng_string(), f"{D('1234567.891'):,.2f} {D('0.5'):%} {D(3):>8.2e}", bool(context.flags[decimal.Inexact]))
    context.traps[decimal.Inexact] = True
    print(attempt(lambda: D(1) / 3).partition(":")[0], D(7).fma(2, 3), divmod(D(-7), D(3)), D("10").logical_and(D("11")), D("1.5").as_integer_ratio(), D("3.14").as_tuple())
F = fractions.Fraction
print(F("3/7") + F(1, 3), F(0.1).limit_denominator(100), F("1.25e-2"), round(F(22, 7), 2), F(7, 2) // 1, attempt(F, 1, 0), hash(F(1, 2)) == hash(0.5), F(-3, 4) ** 3)
values = [1, 2, 2, 3, 4.5, 7, 11]
print(statistics.mean(values), statistics.median_grouped(values), statistics.mode("aabbb"), statistics.multimode("aabb"), statistics.pvariance(values), statistics.stdev(values))
print(statistics.quantiles(values, n=4), statistics.fmean(values, [1] * 7), statistics.geometric_mean([1, 2, 4]), statistics.harmonic_mean([40, 60], weights=[1, 2]), statistics.correlation(values, values[::-1]))
print(statistics.linear_regression(range(7), values), statistics.NormalDist.from_samples(values).cdf(3), statistics.NormalDist(1, 2) + statistics.NormalDist(3, 4), attempt(statistics.mean, []), attempt(statistics.stdev, [1]))

# time zones
if zoneinfo.available_timezones():
    berlin, york = zoneinfo.ZoneInfo("Europe/Berlin"), zoneinfo.ZoneInfo("America/New_York")
    for month, day, hour, fold in (3, 31, 2, 0), (3, 31, 2, 1), (10, 27, 2, 0), (10, 27, 2, 1), (7, 1, 12, 0):
        t = datetime.datetime(2024, month, day, hour, 30, tzinfo=berlin, fold=fold)
        print(t, t.tzname(), t.utcoffset(), t.dst(), t.astimezone(york), t.astimezone(datetime.timezone.utc).isoformat(), t.timestamp())
    print(berlin, str(york), berlin is zoneinfo.ZoneInfo("Europe/Berlin"), zoneinfo.ZoneInfo.no_cache("Europe/Berlin") is berlin)
    print(datetime.datetime(1893, 1, 1, tzinfo=berlin).utcoffset(), datetime.datetime(2100, 7, 1, tzinfo=york).utcoffset())
print(attempt(zoneinfo.ZoneInfo, "No/Where"), attempt(zoneinfo.ZoneInfo, "../etc/passwd"))

# tracemalloc
tracemalloc.start(5)
before = tracemalloc.take_snapshot()
kept = [bytes(1000 + i) for i in range(100)]
after = tracemalloc.take_snapshot()
most = after.filter_traces([tracemalloc.Filter(True, __file__)]).compare_to(before.filter_traces([tracemalloc.Filter(True, __file__)]), "lineno")[0]
print(most.traceback[0].lineno, most.count_diff >= 100, most.size_diff > 100000, len(tracemalloc.get_object_traceback(kept[0])), tracemalloc.get_traceback_limit())
tracemalloc.stop()
