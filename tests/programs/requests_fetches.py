"""requests from http.server in a thread: sessions, JSON, redirects, errors."""
import http.server
import json
import threading

import requests


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/moved":
            self.answer(302, b"", Location="/json")
        elif self.path == "/json":
            self.answer(200, json.dumps({"a": [1, "é"]}).encode())
        else:
            self.answer(404, b"nothing")

    def do_POST(self):
        self.answer(200, self.rfile.read(int(self.headers["Content-Length"]))[::-1])

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
with requests.Session() as session:
    for path in ("/json", "/moved", "/none"):
        answer = session.get(base + path)
        print(path, answer.status_code, len(answer.history), answer.text)
    print(session.post(base, data={"q": "x y"}).text, session.post(base, json={"b": 1}).content)
    try:
        session.get(base + "/none").raise_for_status()
    except requests.HTTPError as error:
        print(str(error).replace(base, ""))
server.shutdown()
