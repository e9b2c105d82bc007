"""attrs: classes with validators, factories, ordering, freezing."""
import attr, attrs
@attrs.define(order=True)
class P:
    x: int = attrs.field(validator=attrs.validators.instance_of(int)); y: list = attrs.field(factory=list)
print(P(1), P(1)==P(1), P(1)<P(2), attrs.asdict(P(3,[1])))
try: P('a')
except TypeError as e: print(e.args[0])
@attrs.frozen
class F: a: int = 3
try: F().a=1
except Exception as e: print(type(e), e)
