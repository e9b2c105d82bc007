import io, pickle, threading, time
end = time.time() + 3
p = pickle.Pickler(io.BytesIO(), 4)
u = pickle.Unpickler(io.BytesIO())
big = [[i, {2: 'a' * 50, 'c': (1, 2)}] for i in range(200)]
far = b'\x80\x04(K\x01r\xff\xff\xff\x00r\xff\xfe\xff\x00' * 20 + b't.'

def repeat(*steps):
    def run():
        while time.time() < end:
            for step in steps:
                try:
                    step()
                except (RuntimeError, AttributeError, EOFError, TypeError, pickle.PickleError):
                    pass
    return run

def has_id(p):
    p.persistent_id = lambda o: None

threads = [
    repeat(lambda: p.dump(big)),
    repeat(lambda: p.__init__(io.BytesIO(), 2), lambda: has_id(p)),
    repeat(p.clear_memo, p.__sizeof__, lambda: setattr(p, 'memo', p.memo), lambda: p.memo.copy()),
    repeat(lambda: setattr(p, 'dispatch_table', {}), lambda: delattr(p, 'dispatch_table'), lambda: setattr(p, 'fast', 0)),
    repeat(lambda: u.__init__(io.BytesIO(far)), u.load),
    repeat(lambda: setattr(u, 'memo', {}), lambda: u.memo.clear(), lambda: setattr(u, 'memo', u.memo), u.__sizeof__),
]
threads = [threading.Thread(target=t) for t in threads]
[t.start() for t in threads]
[t.join() for t in threads]
print('ok')
