# The traceback of a handler's exception shows the C function that called the handler.
import traceback
from pyexpat import ParserCreate


def fail(*arguments):
    raise RuntimeError(len(arguments))


for name, document in [
    ("StartElementHandler", b"<a/>"),
    ("CharacterDataHandler", b"<a>x</a>"),
    ("CommentHandler", b"<a><!--c--></a>"),
    ("ProcessingInstructionHandler", b"<?p q?><a/>"),
    ("DefaultHandlerExpand", b"<a/>"),
    ("ElementDeclHandler", b"<!DOCTYPE a [<!ELEMENT a ANY>]><a/>"),
]:
    parser = ParserCreate()
    setattr(parser, name, fail)
    try:
        parser.Parse(document, True)
    except RuntimeError as error:
        entries = traceback.extract_tb(error.__traceback__)
        print(name, [(entry.filename[-9:], entry.name, entry.lineno) for entry in entries[1:2]])
        frame = error.__traceback__.tb_next.tb_frame
        print(frame.f_globals, frame.f_locals, frame.f_lineno, frame.f_code.co_qualname)
