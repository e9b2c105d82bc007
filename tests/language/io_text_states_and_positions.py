# TextIOWrapper and IncrementalNewlineDecoder: arguments, states, and what tell() returns for every codec and newline mode.
import re

def show(f, *a, **k):
    try:
        text = repr(f(*a, **k))
    except BaseException as e:
        text = f"{type(e).__name__} {e}"
    print(f.__name__, re.sub(r" at 0x[0-9a-f]+", "", repr(a) + " " + text))

import _io,codecs
N=_io.IncrementalNewlineDecoder
d=N(None,True)
show(d.decode,b'x');show(d.decode,'a\r');show(d.getstate);show(d.decode,'\nb',final=True);show(d.setstate,(b'',0,1));show(d.setstate,3);show(d.setstate,('a','b'))
show(N);show(N,None);show(N,None,1,2,3)
class D:
    def decode(self,*a,**k): print(a,k); return 3
    def getstate(self): return 3
    def setstate(self,x): print(x)
    def reset(self): print('reset')
d=N(D(),True)
show(d.decode,'x');show(d.getstate);show(d.setstate,(b'',3));show(d.reset)
class E(D):
    def getstate(self): return (1,2,3)
show(N(E(),1).getstate)
class E(D):
    def getstate(self): return ('a','b')
show(N(E(),1).getstate)
class E(D):
    def getstate(self): return (3,2**70)
show(N(E(),1).getstate)
T=_io.TextIOWrapper
b=_io.BytesIO(b'abc')
show(T);show(T,b,encoding=3);show(T,b,errors=3);show(T,b,newline=3);show(T,b,newline='x');show(T,b,'quopri');show(T,b,'nonexist');show(T,None);show(T,object())
show(T,b,encoding='a\0b');show(T,b,errors='a\0b');show(T,b,line_buffering='x');show(T,b,None,None,None,1,1,1)
show(T,b,'hex')
b=_io.BytesIO(b'abc');t=T(b,'utf-8')
show(t.read,'a');show(t.read,1.5);show(t.readline,'a');show(t.readline,None);show(t.write,3);show(t.write,b'x');show(t.write)
show(t.seek,1,1);show(t.seek,1,2);show(t.seek,0,7);show(t.seek,-1);show(t.seek,'a')
show(t.reconfigure,newline=3);show(t.reconfigure,encoding=3);show(t.reconfigure,errors=3);show(t.reconfigure,newline='x');show(t.reconfigure,line_buffering='x')
show(t.reconfigure,line_buffering=1.5)
show(t.read);show(t.tell);print(t.newlines,t.encoding,t.errors,t.line_buffering,t.write_through,t._CHUNK_SIZE,t._finalizing)
try: t._CHUNK_SIZE=0
except Exception as e: print(type(e),e)
try: t._CHUNK_SIZE='a'
except Exception as e: print(type(e),e)
try: del t._CHUNK_SIZE
except Exception as e: print(type(e),e)
show(t.fileno);show(t.isatty);show(t.truncate,1);
show(t.__next__)
show(t.close)
for m in ('read','readline','write','seek','tell','flush','truncate','isatty','readable','seekable','fileno','close','detach','__next__','__iter__','__enter__','reconfigure'):
    show(getattr(t,m),*(('a',) if m=='write' else (0,) if m=='seek' else ()))
b=_io.BytesIO(b'abc'); t=T(b,'utf-8'); t.detach()
for m in ('read','readline','write','seek','tell','flush','truncate','isatty','readable','seekable','fileno','close','detach','__next__','__iter__','__enter__','reconfigure','__repr__'):
    show(getattr(t,m),*(('a',) if m=='write' else (0,) if m=='seek' else ()))
for a in ('encoding','errors','buffer','name','closed','newlines','line_buffering','_CHUNK_SIZE','write_through'): show(getattr,t,a)
t=T.__new__(T)
for m in ('read','readline','write','seek','tell','flush','truncate','isatty','readable','seekable','fileno','close','detach','__next__','__iter__','__enter__','reconfigure','__repr__'):
    show(getattr(t,m),*(('a',) if m=='write' else (0,) if m=='seek' else ()))
for a in ('encoding','errors','buffer','name','closed','newlines','line_buffering','_CHUNK_SIZE','write_through'):
  try: print(a,getattr(t,a))
  except Exception as e: print(a,type(e),e)
# cookies
for enc in ('utf-8','utf-16','utf-7','latin-1','utf-8-sig','utf-32','cp1252','idna','punycode'):
  for nl in (None,'','\n','\r\n','\r'):
    data='héé\r\nwörld\nab\rc\r\n'
    if enc=='idna':continue
    try: raw=data.encode(enc,'replace')
    except Exception as e: print(enc,e); continue
    t=T(_io.BytesIO(raw),enc,newline=nl); t._CHUNK_SIZE=3
    out=[]
    try:
        out.append(t.tell())
        while True:
            c=t.read(1); 
            if not c: break
            out.append((c,t.tell()))
        print(enc,repr(nl),out)
        for c,k in out[1:]:
            t.seek(k); t.read(2)
        t.seek(0); o=[]
        for i in range(9): o.append((t.readline(),t.tell()))
        print(o, t.newlines)
        t.seek(0,2); print(t.write('é\n')); t.seek(0); print(repr(t.read()))
    except Exception as e: print(enc,nl,out,type(e),e)
