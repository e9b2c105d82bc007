# What refers to an object is found beside the tables of contexts, whatever the numbers in those tables look like.
import contextvars
import gc

contexts = []
for i in range(1000):
    context = contextvars.Context()
    for j in range(24):
        context.run(contextvars.ContextVar(f"v{i}").set, j)
    contexts.append(context)
value = ["value"]
variable = contextvars.ContextVar("last")
contexts[500].run(variable.set, value)
holder = {"key": value}
referrers = gc.get_referrers(value)
print(any(r is holder for r in referrers), any(r is contexts[0] for r in referrers))
print(all(r is not contexts for r in referrers))
print([len(c) for c in contexts[498:503]])
print(len(gc.get_referents(contexts)) == len(contexts))
