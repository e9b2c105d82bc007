# Every format, its ranges and the texts of its errors.
import struct
from struct import *
def t(f,*a):
    try: print(repr(f(*a)))
    except Exception as e: print(type(e).__module__,type(e).__name__, e)
for fmt,v in [('b',128),('B',256),('B',-1),('b','x'),('h',40000),('H',-1),('i',1<<40),('I',-1),('I',1<<32),('l',1<<70),('L',-1),('q',1<<70),('Q',-1),('Q',1<<64),('n',1<<70),('N',-1),('P',1<<70),('P',-1),('<h',40000),('<H',-1),('<i',1<<40),('<I',1<<33),('<q',1<<70),('<Q',-1),('<Q',1<<70),('<b',300),('<B',300),('<l',1<<70),('<L',-1),('<I',-1),('<l',1<<40),('I',1<<70),('i',1<<70),('<i',1<<70),('<I',1<<70),('h',1<<70),('f',1e300),('<f',1e300),('e',1e10),('<e',1e10),('d','x'),('c','x'),('c',b'ab'),('s','x'),('p','x'),('?',[]),('z',1),('<n',1),('1',0),('1x',0),('<P',1),('>Q',1.5),('h',1.5),('5s',b'abcdefgh'),('5p',b'abcdefgh'),('0p',b''),('300p',b'a'*299),('f','x'),('99999999999999999999s',b''),('iq','x'),('Q',2**64-1),('>Q',2**63),('q',-2**63)]:
    print(fmt,end=' '); t(pack,fmt,v)
t(pack,'ii',1); t(pack,'ii',1,2,3); t(pack); t(pack,1); t(pack,b'i',1); t(Struct); t(Struct,'i',2); t(Struct,'\u1234')
t(unpack,'i',b'abc'); t(unpack,'i',3); t(unpack_from,'i',b'abcd',1); t(unpack_from,'i',b'abcd',-5); t(unpack_from,'i',b'abcd',-2);t(unpack_from,'i',b'abcd',10**30); t(unpack_from,'i',b'')
t(pack_into,'i',bytearray(3),0,1); t(pack_into,'i',b'abcd',0,1); t(pack_into,'i',bytearray(8),-2,1); t(pack_into,'i',bytearray(8),-9,1); t(pack_into,'i',bytearray(8)); t(pack_into,'i'); t(pack_into); t(pack_into,'i',bytearray(8),5,1); t(pack_into,'i',bytearray(8),0); t(pack_into,'i',bytearray(8),'x',1)
t(iter_unpack,'i',b'abcde'); t(iter_unpack,'',b''); t(list,iter_unpack('h',b'abcd')); t(calcsize,'i q'); t(calcsize,'@bq'); t(calcsize,'0q')
s=Struct('>hh'); t(lambda: s.format); t(lambda:s.size); t(s.pack,1); t(lambda: s.unpack(b'a')); t(lambda: s.pack_into(bytearray(4),0,1)); t(lambda: s.unpack_from(buffer=b'abcd',offset=0));t(s.__sizeof__)
for v in [0.0,-0.0,1.0,1.5,65504.0,65519.0,6e-8,3e-8,2.9e-8,float('inf'),float('nan'),1e-5,0.1]: t(pack,'<e',v); t(lambda: unpack('<e',pack('<e',v)))
t(unpack,'>bBhHiIqQ?cfd5s3px',bytes(range(48)))
