# A parser that several threads begin anew and feed, and one that was tried at the end of the stack.
import threading
import xml.etree.ElementTree as ET
from xml.parsers import expat

shared = ET.XMLParser()


def use():
    for i in range(300):
        try:
            shared.__init__()
            shared.feed("<a>text<b/></a>")
        except (RuntimeError, ET.ParseError):
            pass


threads = [threading.Thread(target=use) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
shared.__init__()
shared.feed("<a/>")
print(shared.close().tag)


def deep(feed):
    try:
        feed()
        deep(feed)
    except RecursionError:
        pass


parser = ET.XMLParser()
deep(lambda: parser.feed(" "))
parser.__init__()
parser.feed("<b/>")
print(parser.close().tag)

parser = expat.ParserCreate()
deep(lambda: parser.Parse("", False))
print(parser.Parse("<c/>", True))
print(ET.XMLParser.__new__(ET.XMLParser).__class__)
for use in "feed", "close":
    try:
        getattr(ET.XMLParser.__new__(ET.XMLParser), use)(*["<a/>"][:use == "feed"])
    except ValueError as error:
        print(error)
