"""Servers under load: Coluber and python3.11 by turns.

Usage: load.py COLUBER [--only NAME,...] [--seconds S] [--connections N] [--rounds N]

Three servers, each in a process of its own: `echo`, asyncio's streams with N connections at once (1,000); `http`,
http.server.HTTPServer; `threading`, its ThreadingHTTPServer. A second process, always python3.11, asks for S seconds
as fast as it gets answers and checks each of them. Printed are requests a second, the server's processor time for a
request (which a busy machine disturbs less), and its memory at a third of the time, at two thirds and at the end.
Exit status 1: a wrong answer or an error, fewer requests for the processor time than python3.11, or memory that
still grows.
"""
import argparse
import os
import pathlib
import resource
import selectors
import signal
import socket
import subprocess
import sys
import time

ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
MESSAGE = b"a line of some length, which comes back as it is\n"
BODY = b"x" * 500
REQUEST = b"GET /page HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: load\r\n\r\n"
HTTP_CLIENTS = 8


# ---- servers: they print their port, and run until they are stopped

def serve_echo():
    import asyncio

    async def echo(reader, writer):
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(echo, "127.0.0.1", 0, backlog=2000)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            await server.serve_forever()

    asyncio.run(main())


def serve_http(threading):
    from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def log_message(self, format, *args):
            pass

    with (ThreadingHTTPServer if threading else HTTPServer)(("127.0.0.1", 0), Handler) as server:
        server.socket.listen(128)
        print(server.server_address[1], flush=True)
        server.serve_forever()


# ---- the client: prints how many answers it got, and how many errors

class Connection:
    def __init__(self, address, request, expected, keep):
        self.address, self.request, self.expected, self.keep = address, request, expected, keep
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(self.address, 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.begin()

    def begin(self):
        self.got = b""
        self.socket.send(self.request)

    def receive(self):
        """None: there is more to come. Else whether the answer was right."""
        data = self.socket.recv(65536)
        self.got += data
        if self.keep:
            return self.got == self.expected if not data or len(self.got) >= len(self.expected) else None
        return None if data else self.got.startswith(b"HTTP/1.0 200 ") and self.got.endswith(self.expected)


def client(kind, port, count, seconds):
    keep = kind == "echo"
    selector = selectors.DefaultSelector()
    request, expected = (MESSAGE, MESSAGE) if keep else (REQUEST, b"\r\n\r\n" + BODY)
    connections = [Connection(("127.0.0.1", port), request, expected, keep) for _ in range(count)]
    for c in connections:
        selector.register(c.socket, selectors.EVENT_READ, c)
    done = errors = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ready = selector.select(5)
        if not ready:
            errors += 1
        for key, _ in ready:
            c = key.data
            try:
                right = c.receive()
                if right is None:
                    continue
                done += right
                errors += not right
                if keep:
                    c.begin()
                else:
                    selector.unregister(c.socket)
                    c.socket.close()
                    c.connect()
                    selector.register(c.socket, selectors.EVENT_READ, c)
            except OSError as error:
                print(error, file=sys.stderr)
                errors += 1
    print(done, errors)


# ---- measuring

def memory_mb(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(python, kind, count, seconds):
    server = subprocess.Popen([python, __file__, "--serve", kind], stdout=subprocess.PIPE)
    try:
        port = int(server.stdout.readline())
        load = subprocess.Popen([ORACLE, __file__, "--client", kind, str(port), str(count), str(seconds)],
                                stdout=subprocess.PIPE)
        memory = []
        for _ in range(3):
            time.sleep(seconds / 3)
            memory.append(memory_mb(server.pid))
        done, errors = map(int, load.communicate(timeout=120)[0].split())
        used = processor_seconds(server.pid)
        alive = server.poll() is None
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
    return {"rate": done / seconds, "cost": used / max(done, 1) * 1e6, "memory": memory,
            "errors": errors + (not alive)}


def main():
    if sys.argv[1:2] == ["--serve"]:
        return serve_echo() if sys.argv[2] == "echo" else serve_http(sys.argv[2] == "threading")
    if sys.argv[1:2] == ["--client"]:
        return client(sys.argv[2], *map(int, sys.argv[3:6]))
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber")
    parser.add_argument("--only", default="echo,http,threading")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, options.connections * 2 + 100)), hard))
    failed = []
    for kind in options.only.split(","):
        count = options.connections if kind == "echo" else HTTP_CLIENTS
        best = {}
        for _ in range(options.rounds):
            for name, python in (("python3.11", ORACLE), ("coluber", os.path.abspath(options.coluber))):
                run = measure(python, kind, count, options.seconds)
                print(f"  {kind}, {name}: {run['rate']:,.0f} requests/s, {run['cost']:.1f} us each, memory "
                      + " ".join(f"{m:.0f}" for m in run["memory"]) + f" MB, {run['errors']} errors", flush=True)
                if run["errors"]:
                    failed.append(f"{kind}, {name}: {run['errors']} errors")
                if run["memory"][2] > 1.1 * run["memory"][1] + 5:
                    failed.append(f"{kind}, {name}: memory grows")
                best[name] = min(best.get(name, run), run, key=lambda r: r["cost"])
        ratio = best["python3.11"]["cost"] / best["coluber"]["cost"]
        rates = best["coluber"]["rate"] / best["python3.11"]["rate"]
        print(f"{kind}: {ratio:.2f}x python3.11's requests for the same processor time, {rates:.2f}x a second")
        if ratio < 1:
            failed.append(f"{kind}: slower than python3.11")
    for line in failed:
        print("FAILED", line)
    print(f"{len(options.only.split(',')) - len({f.partition(':')[0].partition(',')[0] for f in failed})} passed, "
          f"{len({f.partition(':')[0].partition(',')[0] for f in failed})} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
