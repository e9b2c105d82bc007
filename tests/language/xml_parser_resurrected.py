# A parser that a finalizer uses, or brings back, goes on where it was.
import gc
import xml.etree.ElementTree as ET


class Parser(ET.XMLParser):
    def __del__(self):
        global saved
        saved = self
        self.feed("<b/>")


parser = Parser()
parser.feed("<a>")
del parser
gc.collect()
gc.collect()
saved.feed("text</a>")
print(ET.tostring(saved.close()))


class Holder:
    def __del__(self):
        self.parser.feed("</a>")
        print(ET.tostring(self.parser.close()))


holder = Holder()
holder.parser = ET.XMLParser()
holder.parser.feed("<a>on a cycle")
holder.me = holder
del holder
gc.collect()

# What was parsed lives on without its parser, and a parser without what was parsed.
root = ET.fromstring("<r>" + "<i k='v'>t</i>" * 1000 + "</r>")
parser = ET.XMLParser()
parser.feed("<r>")
for i in range(200):
    parser.feed("<i>" + "x" * 100)
    if i % 50 == 0:
        gc.collect()
        ET.fromstring("<a/>")
parser.feed("</i>" * 200 + "</r>")
print(len(root), sum(1 for _ in parser.close().iter()))
