"""simpy, tabulate, dateutil, click and Mako."""
import datetime

import click
import dateutil.parser
import dateutil.rrule
import simpy
import tabulate
from click.testing import CliRunner
from mako.template import Template

environment, seen = simpy.Environment(), []


def process(step):
    while True:
        seen.append((step, environment.now))
        yield environment.timeout(step)


for step in range(1, 20):
    environment.process(process(step))
environment.run(until=2000)
print(len(seen), seen[-5:])
print(tabulate.tabulate([[1, "é"], [2.5, "b"]], headers=["a", "b"], tablefmt="grid"))
print(dateutil.parser.parse("Sat Nov 21 2026 12:00:00 GMT"))
print(list(dateutil.rrule.rrule(dateutil.rrule.WEEKLY, count=3, dtstart=datetime.datetime(2026, 1, 1))))


@click.command()
@click.option("--n", type=int, default=3, help="How many.")
@click.argument("files", nargs=-1)
def command(n, files):
    click.echo(f"{n} {files}")


for arguments in (["--n", "x"], ["--help"], ["a", "b"], ["--n", "5"]):
    done = CliRunner().invoke(command, arguments)
    print(done.exit_code, done.output)
print(Template("% for i in range(3):\n${i}<%def name='f()'>x</%def>${f()}\n% endfor").render())
