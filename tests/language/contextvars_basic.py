# Context variables: tokens, copies, run, errors.
import contextvars as c
v = c.ContextVar("v", default=5)
w = c.ContextVar("w")
print(v.get(), v.name)
try:
    w.get()
except LookupError as e:
    print(e.args[0] is w)
t = v.set(6)
print(v.get(), t.var is v, t.old_value is c.Token.MISSING, c.Token.MISSING)
ctx = c.copy_context()
def f():
    v.set(7); w.set(1)
    return v.get()
print(ctx.run(f), v.get(), ctx[v], ctx[w], w in ctx, len(ctx))
v.reset(t)
print(v.get())
for g in (lambda: v.reset(t), lambda: ctx.run(ctx.run, print), lambda: ctx["x"], lambda: c.Token(), lambda: c.Context(1), lambda: ctx.run()):
    try:
        g()
    except Exception as e:
        print(type(e).__name__, str(e)[:30])
vs = [c.ContextVar("n%d" % i) for i in range(200)]
ts = [x.set(i) for i, x in enumerate(vs)]
print(sum(x.get() for x in vs), len(c.copy_context()))
one = c.copy_context()
for x, t in zip(vs[:150], ts): x.reset(t)
print(len(c.copy_context()), len(one), one[vs[3]], sorted(k.name for k in c.copy_context())[:3])
print(c.copy_context() == c.copy_context(), one == c.copy_context())
