# Sockets with timeouts, asyncio streams and subprocesses, an HTTP server.
import socket, threading, asyncio
a,b=socket.socketpair(); a.send(b'hi'); print(b.recv(5)); a.settimeout(0.1)
try: a.recv(1)
except TimeoutError as e: print(repr(e))
s=socket.create_server(('127.0.0.1',0)); p=s.getsockname()[1]
def serve():
    c,addr=s.accept(); d=c.recv(100); c.sendall(d.upper()*1000); c.close()
t=threading.Thread(target=serve,daemon=True); t.start()  # without a network nobody comes to be served
c=socket.create_connection(('127.0.0.1',p)); c.sendall(b'hello'); n=0
while True:
    d=c.recv(4096)
    if not d: break
    n+=len(d)
print(n); t.join(); c.close(); s.close()
async def main():
    async def h(r,w):
        w.write((await r.readline()).upper()); await w.drain(); w.close()
    srv=await asyncio.start_server(h,'127.0.0.1',0)
    r,w=await asyncio.open_connection(*srv.sockets[0].getsockname())
    w.write(b'abc\n'); print(await r.read()); w.close(); srv.close(); await srv.wait_closed()
    await asyncio.sleep(0.01)
    p=await asyncio.create_subprocess_exec('echo','x',stdout=asyncio.subprocess.PIPE); print((await p.communicate()))
    async with asyncio.TaskGroup() as g: x=g.create_task(asyncio.sleep(0.01,5))
    print(x.result())
asyncio.run(main())
import http.server, urllib.request
srv=http.server.ThreadingHTTPServer(('127.0.0.1',0),http.server.SimpleHTTPRequestHandler)
srv.RequestHandlerClass.log_message=lambda *a: None
threading.Thread(target=srv.serve_forever,daemon=True).start()
print(urllib.request.urlopen(f'http://127.0.0.1:{srv.server_port}/').status); srv.shutdown()
print(socket.getaddrinfo('127.0.0.1',80,type=socket.SOCK_STREAM))
try: print(socket.gethostbyname('localhost'))
except socket.gaierror as e: print(repr(e))  # a minimal system has no /etc/hosts
