# open(), FileIO and the streams in memory: what they say about wrong arguments.
import re

def show(f, *a, **k):
    try:
        text = repr(f(*a, **k))
    except BaseException as e:
        text = f"{type(e).__name__} {e}"
    print(f.__name__, re.sub(r" at 0x[0-9a-f]+", "", repr(a) + " " + text))

import io,os
for x in (1.5,bytearray(b'/tmp'),None,-1,2**40,-2**70,[],True and 10**6,b'/nonexist','a\0b',b'a\0b',object(),'/tmp'):
    show(open,x); show(io.FileIO,x)
for m in ('','rw','rr','b','t','rbt','r+w','x+a','U','q','rU','r\0',None,3): show(open,'/nonexist/x',m); show(io.FileIO,'/nonexist/x',m)
show(open,'/nonexist/x','rb',1); show(open,'/nonexist/x','r',0); show(open,'/nonexist/x','rb',encoding='a');show(open,'/nonexist/x','rb',errors='a');show(open,'/nonexist/x','rb',newline='a')
show(open,'/nonexist/x',closefd=False); show(io.FileIO,'/nonexist/x',closefd=False)
show(open,0,buffering='a'); show(open,'x',buffering=2**40)
show(open,'/nonexist/x',opener=lambda *a: -1);show(open,'/nonexist/x',opener=lambda *a: 'a');show(open,'/nonexist/x',opener=3)
show(open,'/nonexist/x',opener=lambda *a: 10**6)
show(io.open_code,3);show(io.open_code,'/nonexist');show(io.text_encoding,None);show(io.text_encoding,3)
b=io.BytesIO()
for a in [(3,),('a',),(None,)]: show(b.write,*a);show(b.read,*a);show(b.readline,*a);show(b.readinto,*a);show(b.seek,*a);show(b.truncate,*a);show(b.readlines,*a);show(b.writelines,*a);show(b.read1,*a)
show(b.seek,-1);show(b.seek,0,4);show(b.seek,2**63-1);show(b.write,b'aa');show(b.truncate,-1);show(b.seek,2**70)
v=b.getbuffer(); show(b.write,b'x');show(b.truncate,0);show(b.close);show(b.__init__);show(b.__setstate__,(b'a',0,None))
s=io.StringIO()
for a in [(3,),('a',),(None,)]: show(s.write,*a);show(s.read,*a);show(s.readline,*a);show(s.seek,*a);show(s.truncate,*a);show(s.readlines,*a);show(s.writelines,*a)
show(s.seek,-1);show(s.seek,0,4);show(s.seek,1,1);show(s.seek,1,2);show(s.truncate,-1);show(s.seek,2**70)
show(io.StringIO,3);show(io.StringIO,'a',3);show(io.StringIO,'a','x');show(io.BytesIO,'a');show(io.StringIO,'a\r\nb',newline=None)
f=io.FileIO('/tmp/coluber_test_io_ff','w+')
for a in [(3,),('a',),(None,),(1.5,)]: show(f.write,*a);show(f.read,*a);show(f.readline,*a);show(f.readinto,*a);show(f.seek,*a);show(f.truncate,*a)
show(f.seek,0,9);show(f.seek,-1); print(repr(f)); show(f.truncate,-1)
f.close(); print(repr(f)); show(f.read);show(f.write,b'');show(f.fileno);show(f.seek,0);show(f.isatty);show(f.__enter__);show(f.close)
f=io.FileIO.__new__(io.FileIO); print(repr(f)); show(f.read); show(f.close); print(f.closed)
show(io.FileIO('/tmp/coluber_test_io_ff').write,b'a');show(io.FileIO('/tmp/coluber_test_io_ff','w').read)
class S(io.StringIO):
    def readline(self): return 3
show(next,S('a'))
class S(io.BytesIO):
    def readline(self): return 3
show(next,S(b'a'))

os.unlink('/tmp/coluber_test_io_ff')
