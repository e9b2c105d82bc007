"""jsonschema, marshmallow and babel: checking data, making it texts and back, in ten languages."""
import datetime
import decimal
import enum
import io
import json

import jsonschema
from babel import Locale, dates, lists, numbers, units
from babel.messages import catalog, mofile, pofile
from babel.messages.extract import extract
from jsonschema import Draft7Validator, Draft202012Validator
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": "integer", "minimum": 3},
        "b": {"type": "array", "items": {"type": "string", "pattern": "^x"}, "uniqueItems": True},
        "c": {"oneOf": [{"type": "number", "multipleOf": 5}, {"type": "number", "multipleOf": 3}]},
        "d": {"format": "date"},
        "e": {"$ref": "#/$defs/p"},
    },
    "required": ["a"],
    "additionalProperties": False,
    "$defs": {"p": {"type": "object", "patternProperties": {"^q": {"const": 1}}, "dependentRequired": {"qa": ["qb"]}}},
}
for instance in [{}, {"a": 2, "b": ["x", "x", "y"], "c": 15, "z": 1}, {"a": 4, "e": {"qa": 2}}, {"a": "x"},
                 {"a": 3, "d": "nodate"}]:
    for validator in Draft7Validator, Draft202012Validator:
        checker = validator(SCHEMA, format_checker=jsonschema.FormatChecker())
        for error in sorted(checker.iter_errors(instance), key=str):
            print(error.message, list(error.absolute_path), list(error.schema_path))
try:
    jsonschema.validate({"a": 1}, SCHEMA)
except jsonschema.ValidationError as error:
    print(error)


class Color(enum.Enum):
    red = 1
    blue = 2


class Author(Schema):
    name = fields.Str(required=True, validate=validate.Length(min=2))
    mail = fields.Email()
    born = fields.Date()


class Book(Schema):
    class Meta:
        unknown = EXCLUDE

    title = fields.Str(required=True)
    author = fields.Nested(Author)
    price = fields.Decimal(places=2, as_string=True)
    tags = fields.List(fields.Str())
    id = fields.UUID()
    color = fields.Enum(Color)
    when = fields.DateTime(format="iso")
    counts = fields.Dict(keys=fields.Str(), values=fields.Int())
    site = fields.Url()

    @post_load
    def sort(self, data, **options):
        return dict(sorted(data.items()))


for data in [
    {"title": "x", "author": {"name": "ab", "mail": "a@b.co", "born": "2001-02-03"}, "price": "3.456",
     "tags": ["a", "b"], "id": "12345678123456781234567812345678", "color": "red", "when": "2020-01-02T03:04:05+02:00",
     "counts": {"a": "1"}, "site": "http://x.org/"},
    {"author": {"name": "a", "mail": "nope"}, "price": "zz", "tags": "q", "id": "1", "color": "green", "when": "bad",
     "counts": {"a": "x"}, "site": "ftp:/"},
]:
    try:
        loaded = Book().load(data)
        print(loaded, Book().dumps(loaded))
    except ValidationError as error:
        print(json.dumps(error.messages, sort_keys=True))

now = datetime.datetime(2026, 11, 21, 14, 5, 6, tzinfo=datetime.timezone.utc)
for name in "en_US", "de_DE", "fr", "ja", "ar", "hi", "zh_Hans", "ru", "pt_BR", "th":
    print(name, dates.format_datetime(now, "full", locale=name),
          dates.format_timedelta(datetime.timedelta(days=40), locale=name),
          numbers.format_decimal(1234567.891, locale=name),
          numbers.format_currency(decimal.Decimal("-1234.5"), "EUR", locale=name),
          numbers.format_compact_decimal(1234567, locale=name), Locale.parse(name).get_display_name("de"),
          lists.format_list(["a", "b", "c"], locale=name), units.format_unit(3, "length-kilometer", locale=name),
          Locale.parse(name).plural_form(2))
print(numbers.parse_decimal("1.234,5", locale="de"), dates.parse_date("21.11.2026", locale="de_DE"))
texts = catalog.Catalog(locale="de", creation_date=now, revision_date=now, project="p", version="1")
texts.add("hello %(n)s", "hallo %(n)s", locations=[("a.py", 3)], flags=["python-format"])
texts.add(("one", "many"), ("eins", "viele"))
written, compiled = io.BytesIO(), io.BytesIO()
pofile.write_po(written, texts)
mofile.write_mo(compiled, texts)
print(written.getvalue().decode(), len(compiled.getvalue()))
source = io.BytesIO(b'_("a") + ngettext("b","c",n) # x\n# NOTE: hi\n_(\n"d"\n"e")')
print(list(extract("python", source, comment_tags=["NOTE:"])))
