# An error of a comparison with a tag leaves find().
import xml.etree.ElementTree as ET
class Bad(str):
    def __eq__(self, o): raise 1/0
Bad.__hash__ = str.__hash__
e = ET.Element('foo'); e.extend([ET.Element('bar')])
for name in ("find", "findall", "findtext"):
    try:
        print(name, getattr(e, name)(Bad('x')))
    except ZeroDivisionError: print(name, "raised")
try:
    "abc" in {Bad("abc"): 1}
except ZeroDivisionError: print("dict raised")
