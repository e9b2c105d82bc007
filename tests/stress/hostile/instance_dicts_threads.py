"""Attributes of one instance while its dict is exchanged, emptied and deleted."""
import gc

from support.together import together


class A:
    x = 1
    def m(self): return self.x
o = A(); o.x = 2; o.y = 3
def read(): o.x; o.y; o.m(); o.__dict__; vars(o).get('x')
def swap(): o.__dict__ = {}; o.z = 1; o.x = [1]; o.__dict__ = {'x': 5, 'y': 6}; o.__dict__.clear(); o.y = 2; o.x = 3
def dele(): o.x = 4; del o.x; o.y = object(); o.q = 5; del o.__dict__
def col(): [A() for i in range(50)]; gc.collect(0); dict(o.__dict__); list(o.__dict__.items()); o.__dict__.pop('x', None); o.__dict__['y'] = 4
together(read, swap, dele, col)
