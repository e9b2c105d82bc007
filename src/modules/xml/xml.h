// What `pyexpat` and `_elementtree` share: Expat's errors, unknown encodings and feeding input.
#pragma once

#include <expat.h>

#include "objects/object.h"

// UTF-8 text of Expat's as a str; NULL gives None.
Object *xml_str(const XML_Char *text);
Object *xml_str_sized(const XML_Char *text, int length);

// An argument that is a str without NULs, or None, or not given (*text NULL). -1 with TypeError, ValueError.
int xml_optional_text(Object *o, const char *function, const char *name, const char **text);

// Raises xml.parsers.expat.ExpatError for `code` at the given position, with its attributes. NULL.
Object *xml_raise(enum XML_Error code, XML_Size line, XML_Size column);

// For XML_SetUnknownEncodingHandler: single-byte encodings that the codecs know. An exception is in
// flight when it fails for another reason than an unknown name.
int xml_unknown_encoding(void *data, const XML_Char *name, XML_Encoding *info);

// Feeds `length` bytes in pieces, so that signals and collections need not wait; stops when Expat
// reports an error or an exception is in flight. Expat's status of the last piece.
enum XML_Status xml_feed(XML_Parser parser, const char *data, size_t length, bool final);
