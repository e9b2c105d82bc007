# Dialects, the reader's states, what the writer quotes, texts of errors.
import _csv,csv,io
def t(f,*a,**k):
    try: print(repr(f(*a,**k)).split(' at 0x')[0])
    except Exception as e: print(type(e).__module__,type(e).__name__, e)
D=_csv.Dialect
print({n:getattr(D(),n) for n in dir(D) if n[0]!='_'})
for k in [dict(delimiter=''),dict(delimiter=5),dict(delimiter=None),dict(delimiter='ab'),dict(quotechar='ab'),dict(quotechar=None),dict(quotechar=''),dict(escapechar='ab'),dict(escapechar=''),dict(lineterminator=5),dict(lineterminator=None),dict(quoting=9),dict(quoting='x'),dict(quoting=3,quotechar=None),dict(dialect=5),dict(dialect='nope'),dict(quotechar=5), dict(strict=[])]: print(k,end=' '); t(D,**k)
r=_csv.reader([]); print(type(r),[n for n in dir(r) if n[0]!='_'], r.line_num); w=_csv.writer(io.StringIO()); print(type(w),[n for n in dir(w) if n[0]!='_'])
def rd(lines,**k): return list(_csv.reader(lines,**k))
for L,k in [(['a,b','c'],{}),(['"a""b",c'],{}),(['"a\n','b"'],{}),(['a\0b'],{}),(['"a"b'],{}),(['"a"b'],dict(strict=True)),(['"a'],dict(strict=True)),(['"a'],{}),(['a\\,b'],dict(escapechar='\\')),(['a\\'],dict(escapechar='\\')),(['a\\'],dict(escapechar='\\',strict=True)),([' a, b'],dict(skipinitialspace=True)),(['1,"2",x'],dict(quoting=2)),(['1,2'],dict(quoting=2)),([b'a'],{}),(['a\nb'],{}),(['a\r\nb'],{}),(['a\r'],{}),([''],{}),(['a,'],{}),(["'a','b'"],dict(quotechar="'")),(['a"b'],{}),(['"a','',' b"'],{}),(['\n'],{}),(['"a" ,b'],{}),(['a"b"c'],dict(quoting=3)),(['"a""b"'],dict(doublequote=False)),(['"a\\"b"'],dict(doublequote=False,escapechar='\\'))]: print(L,k,end=' '); t(rd,L,**k)
def wr(row,**k):
    s=io.StringIO(); _csv.writer(s,**k).writerow(row); return s.getvalue()
for R,k in [(['a','b'],{}),(['a,b','c"d','e\n'],{}),([1,None,2.5,1e300],{}),([],{}),([''],{}),(['',''],{}),([None],{}),(['a'],dict(quoting=1)),(['a',1,None],dict(quoting=2)),(['a,b'],dict(quoting=3)),(['a,b'],dict(quoting=3,escapechar='\\')),(['a"b'],dict(doublequote=False)),(['a"b'],dict(doublequote=False,escapechar='\\')),(['a b'],dict(delimiter=' ')),(5,{}),([' a'],{}),([''],dict(quoting=3)),(['\\'],dict(escapechar='\\')),(['a\r'],dict(lineterminator='!')),(['a!'],dict(lineterminator='!')),(['a"b'],dict(quoting=3)),(['"'],dict(quoting=3,escapechar='\\',quotechar=None))]: print(R,k,end=' '); t(wr,R,**k)
t(_csv.writer,5); t(_csv.reader,5); t(_csv.field_size_limit,'x'); t(_csv.register_dialect,5); t(_csv.register_dialect,'a','nope'); t(_csv.get_dialect,'zz'); t(_csv.unregister_dialect,'zz'); t(w.writerows,5); t(w.writerow,5); _csv.field_size_limit(3); t(rd,['abcd']); t(rd,['"abcd"']); print(_csv.field_size_limit(131072)); t(_csv.register_dialect,'a',delimiter='|'); t(_csv.list_dialects); t(_csv.register_dialect)
