"""xml.etree.ElementTree and pyexpat: events, errors, pickling, copies, hostile targets."""
import copy
import io
import pickle
import xml.etree.ElementTree as ET
from xml.parsers import expat


def show(f, *args):
    try:
        print(f(*args))
    except Exception as error:
        print(type(error).__name__, error)


DOCUMENT = """<?xml version="1.0"?>
<!DOCTYPE root [<!ENTITY e "entity"> <!ELEMENT root (a|b)*> <!ATTLIST a k CDATA "v">]>
<root xmlns="urn:u" xmlns:p="urn:p"><!-- note --><a p:k="1" z="&lt;">x&e;y</a>t<?do it?><b/>\u20ac</root>
"""
root = ET.fromstring(DOCUMENT)
print(ET.tostring(root), [e.tag for e in root.iter()], list(root.itertext()))
print(ET.tostring(copy.deepcopy(root)) == ET.tostring(pickle.loads(pickle.dumps(root))))
for event, what in ET.iterparse(io.StringIO(DOCUMENT), ("start", "end", "start-ns", "end-ns", "comment", "pi")):
    print(event, what.tag if event in ("start", "end") else what if event.endswith("ns") else what.text)
for broken in ("<a>", "<a></b>", "<a>&x;</a>", "", "<a/><b/>", "<a b='1' b='2'/>", "<!DOCTYPE a SYSTEM 'x'><a>&x;</a>"):
    show(ET.fromstring, broken)

e = ET.Element("a", {"x": "1"}, y="2")
for i in range(5):
    ET.SubElement(e, f"c{i}", n=str(i)).text = str(i)
del e[1:3]
e[0:1] = [ET.Element("new"), ET.Element("new")]
print([c.tag for c in e], e.find("c4").text, e.findtext("c9", "none"), e.findall("new") == e[:2], e.get("q"), e.items())
for f in (lambda: e.append(1), lambda: e[9], lambda: e.remove(ET.Element("z")), lambda: e.__setitem__(0, 1),
          lambda: ET.Element(), lambda: ET.TreeBuilder().end("a"), lambda: ET.XMLParser(encoding="nothing").feed("<a/>")):
    show(f)

p = expat.ParserCreate()
for name in dir(p):
    if name.endswith("Handler") or name == "DefaultHandlerExpand":
        if name not in ("ExternalEntityRefHandler", "NotStandaloneHandler", "DefaultHandler"):
            setattr(p, name, lambda *args, name=name: print(name, args))
p.buffer_text = True
p.Parse(DOCUMENT, True)


def fail(*args):
    raise KeyError(args)


p = expat.ParserCreate()
p.StartElementHandler = fail
show(p.Parse, b"<a><b/></a>", True)
show(expat.ParserCreate().Parse, b"<a><b></a>", True)
p = expat.ParserCreate("iso-8859-15")
p.CharacterDataHandler = print
p.Parse(b"<a>\xa4</a>", True)
