"""Servers under load: Coluber and python3.11 by turns.

Usage: load.py COLUBER [--only NAME,...] [--seconds S] [--connections N] [--turns N]

Three servers, each in a process of its own: `echo`, asyncio's streams with N connections at once (1,000); `http`,
http.server.HTTPServer; `threading`, its ThreadingHTTPServer. A second process, always python3.11, asks for S seconds
as fast as it gets answers and checks each of them. The servers of both interpreters run all the time, and the S
seconds of each come in N turns (6), so that what else the machine does meets both. Printed are requests a second, the
server's processor time for a request (which a busy machine disturbs less), and its memory at the start (after the
first turn), in the middle and at the end. Exit status 1: a wrong answer, an error or any word on the server's
standard error, fewer requests for the processor time than python3.11, or memory that still grows in the second half.
On a busy machine, `nice -n -20` in front (as root, for some seconds only) says what a quiet one would.
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
import tempfile
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
    for _ in range(count):
        c = Connection(("127.0.0.1", port), request, expected, keep)
        selector.register(c.socket, selectors.EVENT_READ, c)
    done = errors = 0
    start = time.monotonic()
    end = start + seconds
    while selector.get_map():  # at the end each connection waits for its last answer
        ready = selector.select(5)
        if not ready:
            print("no answer for 5 seconds", file=sys.stderr)
            errors += len(selector.get_map())
            break
        over = time.monotonic() >= end
        for key, _ in ready:
            c = key.data
            try:
                right = c.receive()
                if right is None:
                    continue
                done += right
                errors += not right
                if keep and not over:
                    c.begin()
                    continue
                selector.unregister(c.socket)
                c.socket.close()
                if not over:
                    c.connect()
                    selector.register(c.socket, selectors.EVENT_READ, c)
            except OSError as error:
                print(error, file=sys.stderr)
                errors += 1
    print(done, errors, time.monotonic() - start)


# ---- measuring

def memory_mb(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, name, python, kind):
        self.name, self.kind = name, kind
        self.complaints = tempfile.TemporaryFile()
        self.process = subprocess.Popen([python, __file__, "--serve", kind], stdout=subprocess.PIPE,
                                        stderr=self.complaints)
        self.port = int(self.process.stdout.readline())
        self.started = processor_seconds(self.process.pid)
        self.done = self.errors = self.time = 0
        self.memory = []

    def take_turn(self, count, seconds):
        out = subprocess.run([ORACLE, __file__, "--client", self.kind, str(self.port), str(count), str(seconds)],
                             stdout=subprocess.PIPE, timeout=seconds + 120).stdout.split()
        self.done += int(out[0])
        self.errors += int(out[1])
        self.time += float(out[2])
        self.memory.append(memory_mb(self.process.pid))

    def stop(self):
        self.used = processor_seconds(self.process.pid) - self.started
        self.errors += self.process.poll() is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.complaints.seek(0)
        self.said = self.complaints.read().decode(errors="replace")
        self.rate, self.cost = self.done / self.time, self.used / max(self.done, 1) * 1e6

    def report(self):
        start, middle, end = self.memory[0], self.memory[len(self.memory) // 2 - 1], self.memory[-1]
        print(f"  {self.kind}, {self.name}: {self.rate:,.0f} requests/s, {self.cost:.1f} us each, memory "
              f"{start:.0f} {middle:.0f} {end:.0f} MB, {self.done:,} right, {self.errors} errors", flush=True)
        if self.errors:
            yield f"{self.kind}, {self.name}: {self.errors} errors"
        if self.said:
            print(self.said[:2000], file=sys.stderr)
            yield f"{self.kind}, {self.name}: the server complains"
        if end > 1.1 * middle + 5:
            yield f"{self.kind}, {self.name}: memory grows"


def main():
    if sys.argv[1:2] == ["--serve"]:
        return serve_echo() if sys.argv[2] == "echo" else serve_http(sys.argv[2] == "threading")
    if sys.argv[1:2] == ["--client"]:
        return client(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber")
    parser.add_argument("--only", default="echo,http,threading")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=6)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, options.connections * 2 + 100)), hard))
    failed, kinds = [], options.only.split(",")
    for kind in kinds:
        count = options.connections if kind == "echo" else HTTP_CLIENTS
        servers = []
        try:
            for name, python in (("python3.11", ORACLE), ("coluber", os.path.abspath(options.coluber))):
                servers.append(Server(name, python, kind))
            for _ in range(options.turns):
                for server in servers:
                    server.take_turn(count, options.seconds / options.turns)
        finally:
            for server in servers:
                server.stop()
        for server in servers:
            failed += server.report()
        theirs, ours = servers
        ratio = theirs.cost / ours.cost
        print(f"{kind}: {ours.rate / theirs.rate:.2f}x python3.11's requests a second, "
              f"{ratio:.2f}x for the same processor time", flush=True)
        if ratio < 1:
            failed.append(f"{kind}: slower than python3.11")
    for line in failed:
        print("FAILED", line)
    bad = sum(any(line.startswith((kind + ",", kind + ":")) for line in failed) for kind in kinds)
    print(f"{len(kinds) - bad} passed, {bad} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
