# A tracer may jump from a yield's return event: the generator goes on behind the instruction it was moved to, whose
# place the value sent takes. Throwing into a generator is a call event.
import sys
def run(gen_f, first, jump, event='return', drive=None):
    out=[]
    def tr(frame, ev, arg):
        if frame.f_code is not gen_f.__code__: return tr
        out.append((ev, frame.f_lineno-gen_f.__code__.co_firstlineno, arg if ev!='exception' else None))
        if ev==event and frame.f_lineno==gen_f.__code__.co_firstlineno+first and not done:
            done.append(1)
            try:
                frame.f_lineno=gen_f.__code__.co_firstlineno+jump
                out.append('ok %d'%(frame.f_lineno-gen_f.__code__.co_firstlineno))
            except ValueError as e: out.append(str(e))
        return tr
    done=[]
    sys.settrace(tr)
    g=gen_f(out)
    try:
        if drive: drive(g,out)
        else:
            for x in g: out.append(('got',x))
    except BaseException as e:
        sys.settrace(None)
        out.append(repr(e))
    sys.settrace(None)
    for o in out: print(o)
    print('--')
def g1(out):
    out.append(1)
    x = yield 2
    out.append((3,x))
    yield 4
    out.append(5)
run(g1,2,3)
run(g1,2,4)
run(g1,2,5)
run(g1,2,1)
run(g1,4,1)
run(g1,4,5)
def d(g,out):
    out.append(next(g)); 
    out.append(g.send('S'))
    out.append(g.send('T'))
run(g1,2,3,drive=d)
run(g1,2,5,drive=d)
def d(g,out):
    out.append(next(g)); 
    out.append(g.throw(ValueError('S')))
run(g1,2,3,drive=d)
def d(g,out):
    out.append(next(g)); 
    out.append(g.close())
run(g1,2,3,drive=d)
def g2(out):
    try:
        out.append(2)
        yield 3
        out.append(4)
    finally:
        out.append(6)
    yield 7
run(g2,3,7)
run(g2,3,6)
run(g2,3,4)
def g3(out):
    for i in range(2):
        yield 2
        out.append(3)
    yield 4
run(g3,2,3)
run(g3,2,4)
run(g3,4,3)
def g4(out):
    yield from [1,2]
    yield 2
run(g4,1,2)
run(g4,1,2,'return')
def f1(out):
    out.append(1)
    return [3]
run(f1,2,1)
def f2(out):
    try: 
        return [3]
    finally:
        out.append(1)
run(f2,2,1)
run(f2,4,1)
def g5():
    yield 1
    yield 2
def events(frame, event, argument):
    if frame.f_code is g5.__code__:
        print(event, frame.f_lineno - g5.__code__.co_firstlineno)
    return events
sys.settrace(events)
g = g5()
next(g)
try:
    g.throw(ValueError)
except ValueError:
    pass
g = g5()
next(g)
g.close()
sys.settrace(None)
