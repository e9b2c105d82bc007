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

# The same for a parser with handlers of the program's own, and for those of entities, which have to go before their
# documents' (newer versions of Expat insist): both are garbage of one collection.
from xml.parsers import expat


class Log:
    def __init__(self):
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = lambda name, attributes: self.names.append(name)
        self.parser.CharacterDataHandler = lambda text: self.names.append(text)
        self.names = []

    def __del__(self):
        global saved
        saved = self


log = Log()
log.parser.Parse("<a>gathered", False)
del log
gc.collect()
gc.collect()
saved.parser.Parse(" text<b/></a>", True)
print(saved.names)

kept, documents = [], []


def entity(context, base, system_id, public_id):
    child = parser.ExternalEntityParserCreate(context)
    child.Parse("<x>in an entity", False)
    kept.append(child)
    return 1


for i in range(20):
    parser = expat.ParserCreate()
    documents.append(parser)
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
    parser.ExternalEntityRefHandler = entity
    parser.Parse("<!DOCTYPE r [<!ENTITY e SYSTEM 'e.xml'>]><r>&e;", False)
    del parser
    if i % 4 == 1:
        gc.collect()
        kept[-1].Parse("</x>", True)
        del kept[i % 3:]
    elif i % 4 == 3:
        gc.collect(0)
kept.clear()
documents.clear()
gc.collect()
print(saved.parser.CurrentLineNumber, len(kept))
