# An array accounts for the room that python3.11 would have reserved.
import array
for code in 'bBhHiIlLqQfd':
    r = []
    for n in (0,1,2,3,4,5,6,7,8,10,20):
        a = array.array(code, list(range(n))); b = array.array(code, tuple(range(n))); c=array.array(code, bytes(n*a.itemsize)); d=array.array(code,a); e=array.array(code, iter(range(n)))
        r.append([x.__sizeof__()-64-len(x)*x.itemsize for x in (a,b,c,d,e)])
    print(code, r)
a=array.array('u','abc'); print(a.__sizeof__()-64-12); a=array.array('u'); a.fromunicode('abcde'); print(a.__sizeof__()-64-20)
