import threading, sys, importlib
names = ['json', 'decimal', 'email', 'xml.dom', 'csv', 'unittest', 'asyncio', 'logging', 'http.client', 'zipfile', 'tarfile',
        'sqlite3', 'difflib', 'doctest', 'pdb']

def w(k):
    for i in range(3):
        for n in names[k:] + names[:k]:
            try:
                importlib.import_module(n)
            except ImportError:
                pass
            if i:
                sys.modules.pop(n, None)
                try:
                    importlib.reload(sys.modules.get('json') or __import__('json'))
                except (ImportError, KeyError):
                    pass
ts = [threading.Thread(target=w, args=(i,)) for i in range(6)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
