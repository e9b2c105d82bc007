"""bottle behind waitress: templates, cookies, forms, uploads, streamed answers, and eight clients at once."""
import concurrent.futures
import http.client
import json
import logging
import threading

import waitress
from bottle import Bottle, abort, request, response, template

logging.disable(logging.CRITICAL)
app = Bottle()


@app.route("/hello/<name:re:[a-z]+>")
def hello(name):
    return template("<b>{{name}}</b> {{!x}}\n% for i in range(3):\n{{i}}\n% end\n", name=name, x="<>")


@app.post("/json")
def echo_json():
    response.set_cookie("a", "b")
    return {"got": request.json, "query": dict(request.query)}


@app.route("/teapot")
def teapot():
    abort(418, "teapot")


@app.post("/upload")
def upload():
    file = request.files.get("f")
    return f"{file.filename} {len(file.file.read())} {request.forms.get('x')}"


@app.route("/big")
def big():
    for number in range(100):
        yield f"{number:04}" * 500


server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
threading.Thread(target=server.run, daemon=True).start()


def connect():
    return http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=60)


def show(method, path, body=None, headers={}):
    connection = connect()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    data = answer.read()
    kept = [(name, value) for name, value in answer.getheaders() if name != "Date"]
    print(method, path, answer.status, answer.reason, kept, len(data), data[:200])


show("GET", "/hello/abc")
show("GET", "/hello/ABC")
show("POST", "/json?q=1&z=%C3%A9", json.dumps({"x": [1, 2, None]}), {"Content-Type": "application/json"})
show("POST", "/json", "{bad", {"Content-Type": "application/json"})
show("GET", "/teapot")
show("GET", "/big")
show("HEAD", "/big")
show("PUT", "/hello/abc")
form = ('--BOUND\r\nContent-Disposition: form-data; name="x"\r\n\r\nval\r\n--BOUND\r\n'
        'Content-Disposition: form-data; name="f"; filename="a.bin"\r\n'
        'Content-Type: application/octet-stream\r\n\r\n' + "z" * 200000 + "\r\n--BOUND--\r\n")
show("POST", "/upload", form, {"Content-Type": "multipart/form-data; boundary=BOUND"})


def visit(number):
    connection, seen = connect(), []
    for _ in range(10):
        connection.request("GET", "/hello/" + "abc"[number % 3])
        answer = connection.getresponse()
        seen.append((answer.status, answer.read()))
    return str(seen)


with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(len(set(pool.map(visit, range(24)))))
