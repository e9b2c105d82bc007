# strftime of dates and times takes no surrogates, in the format and in a zone's name; time.strftime takes all.
import datetime
import time


class Zone(datetime.tzinfo):
    def __init__(self, name):
        self.name = name

    def tzname(self, when):
        return self.name

    def utcoffset(self, when):
        return None

    dst = utcoffset


def outcome(function, *arguments):
    try:
        return ascii(function(*arguments))
    except (UnicodeError, ValueError) as error:
        return repr(error)


FORMATS = "%Z", "a\udc80", "\ud800", "%f%Z\udfff", "é%Zé%%", "%Z%Z", "", "%z\ud800", "日本%H"
for name in "é", "\ud800", "x\udc80%", "%H", "日本", "":
    for format in FORMATS:
        zone = Zone(name)
        for when in datetime.time(1, 2, tzinfo=zone), datetime.datetime(2000, 1, 1, tzinfo=zone), datetime.date(2000, 1, 2):
            print(ascii(name), ascii(format), outcome(when.strftime, format), outcome(when.__format__, format))
for format in FORMATS:
    print(outcome(time.strftime, format, (2000, 1, 2, 3, 4, 5, 6, 2, 0)))
