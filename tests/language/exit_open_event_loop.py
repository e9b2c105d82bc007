# An event loop that nobody closed, with a task that waits, ends with the program without a word.
import subprocess
import sys

PROGRAM = """
import asyncio
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)

class Held:
    def __del__(self):
        print("del", asyncio, loop)

held = Held()

async def wait():
    await asyncio.sleep(100)

task = loop.create_task(wait())
loop.run_until_complete(asyncio.sleep(0))
"""
for options in [], ["-X", "dev"]:
    done = subprocess.run([sys.executable, *options, "-c", PROGRAM], stderr=subprocess.STDOUT, stdout=subprocess.PIPE)
    print(options, done.returncode, done.stdout)
done = subprocess.run([sys.executable, "-m", "asyncio"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                      stderr=subprocess.PIPE)
print(done.returncode, done.stdout, done.stderr.splitlines()[1:])
