# Which jumps a tracer may make depends on what the entries of the stack are: the result of a call is an object, also
# where the callable had no instance below it; what f(*a) leaves there counts as no entry, which any other may replace.
import sys
src='''
def h():
    q=1
    for i in range(3):
        q+=i
    with open(*a) as ff:
        q+=1
    with open('/dev/null') as ff:
        q+=2
    with o.open('/dev/null') as ff:
        q+=3
    with o.open('/dev/null',mode='r') as ff:
        q+=3
    with o.open(*a) as ff:
        q+=4
    with (lambda: open('/dev/null'))() as ff:
        q+=5
    x=[open('/dev/null',
       'r'), o.open('/dev/null',
       'r')]
    return q
'''
import io
namespace = {'o': io, 'a': ['/dev/null']}
exec(src, namespace)
h = namespace['h']
def jumps(line, to):
    events = 0
    def trace(frame, event, arg):
        nonlocal events
        if frame.f_code is not h.__code__:
            return None
        events += 1
        if events > 300:
            raise KeyboardInterrupt
        if event == 'line' and frame.f_lineno == line and events < 50:
            try:
                frame.f_lineno = to
                print('jumped')
            except ValueError as e:
                print(e)
        return trace
    sys.settrace(trace)
    try:
        result = h()
    except BaseException as e:
        result = repr(e)
    sys.settrace(None)
    print(line, to, result)
for line in range(3, 22):
    for to in range(1, 24):
        jumps(line, to)

def untraced():
    try:
        sys._getframe().f_lineno = 5
    except ValueError as e:
        print(e)
untraced()
