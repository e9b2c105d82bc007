# What datetime's types accept, refuse and answer, word for word.
import os
import time as clock
from datetime import *
import datetime as D

os.environ["TZ"] = "Europe/Berlin"
clock.tzset()


class T(tzinfo):
    def __init__(self, offset, dst=None, name="x"):
        self.offset, self.daylight, self.name = offset, dst, name

    def utcoffset(self, dt):
        return self.offset

    def dst(self, dt):
        return self.daylight

    def tzname(self, dt):
        return self.name


class F(float):
    def as_integer_ratio(self):
        return self.ratio


def bad(ratio):
    f = F()
    f.ratio = ratio
    return f


class S(str):
    def replace(self, *args):
        return 5


class Z(tzinfo):
    def tzname(self, dt):
        return S("abc")

    def utcoffset(self, dt):
        return None


for source in r'''
timedelta("a")
timedelta(days="a")
timedelta(1e10)
timedelta(10**9+1)
timedelta(10**20)
timedelta(float("nan"))
timedelta(float("inf"))
timedelta(1,2,3,4,5,6,7,8)
timedelta(foo=1)
timedelta(days=1,seconds=2,microseconds=3)
timedelta(1)*1.5
timedelta(1)*"a"
timedelta(1)*float("nan")
timedelta(1)*float("inf")
timedelta(1)/0
timedelta(1)//0
timedelta(1)%timedelta(0)
divmod(timedelta(1),timedelta(0))
divmod(timedelta(1),1)
timedelta(1)/0.0
timedelta(1)/float("nan")
timedelta(1)//1.5
timedelta(1)//timedelta(0,7)
timedelta(1)/timedelta(0,7)
timedelta(1)/timedelta(0)
timedelta.max+timedelta(1)
-timedelta.max
abs(timedelta.min)
timedelta.min-timedelta(0,0,1)
timedelta.max*2
timedelta(1)<1
timedelta(1)==1
timedelta(1)<date(1,1,1)
date("a",1,1)
date(1,1)
date()
date(1,1,1,1)
date(0,1,1)
date(10000,1,1)
date(1,13,1)
date(1,2,29)
date(2**40,1,1)
date(1.5,1,1)
date(year=1,month=1,day=1)
date(b"\x07\xd0\x01\x01")
date("\x07\xd0\x01\x01")
date(b"\x07\xd0\x0d\x01")
date("\u1234\xd0\x01\x01")
date("\ud800\xd0\x01\x01")
date.fromordinal(0)
date.fromordinal(-1)
date.fromordinal(3652060)
date.fromordinal(2**40)
date.fromordinal("a")
date.fromtimestamp(1e20)
date.fromtimestamp(float("nan"))
date.fromtimestamp("a")
date.fromtimestamp(10**30)
date.fromisoformat(1)
date.fromisoformat("2020-1-1")
date.fromisoformat("2020W011")
date.fromisoformat("2020-W01-1")
date.fromisoformat("2020-W01")
date.fromisoformat("2020W54")
date.fromisoformat("2020-W54-1")
date.fromisoformat("2020-W01-8")
date.fromisoformat("20200132")
date.fromisoformat("2020-01-\ud800")
date.fromisocalendar(2020,1,1)
date.fromisocalendar(2020,54,1)
date.fromisocalendar(2020,1,8)
date.fromisocalendar(0,1,1)
date.fromisocalendar(10000,1,1)
date.fromisocalendar(9999,53,7)
date.fromisocalendar(1,1,"a")
date.fromisocalendar(2**60,1,1)
date(2000,1,1).isocalendar()
date(2000,1,1).strftime(1)
date(2000,1,1).strftime("%f %z %Z %%")
date(2000,1,1).__format__(1)
date(2000,1,1).replace(year=0)
date(2000,1,1).replace(1,2,3,4)
date(2000,1,1).replace(foo=4)
date(2000,1,1)+1
date(2000,1,1)-1
date(2000,1,1)-datetime(2000,1,1)
date.max+timedelta(1)
date.min-timedelta(1)
date.max+timedelta.max
date(2000,1,1)<1
date(2000,1,1)<datetime(2000,1,1)
date(2000,1,1)==datetime(2000,1,1)
datetime(2000,1,1)<date(2000,1,1)
datetime(2000,1,1)<datetime(2000,1,1,tzinfo=timezone.utc)
datetime(2000,1,1)-datetime(2000,1,1,tzinfo=timezone.utc)
datetime(2000,1,1,25)
datetime(2000,1,1,1,60)
datetime(2000,1,1,1,1,60)
datetime(2000,1,1,1,1,1,1000000)
datetime(2000,1,1,fold=2)
datetime(2000,1,1,fold="a")
datetime(2000,1,1,tzinfo=1)
datetime(2000,1)
datetime()
datetime(1,2,3,4,5,6,7,8)
datetime(1,2,3,4,5,6,7,None,1)
time(24)
time(1,60)
time(1,2,60)
time(1,2,3,1000000)
time(1,2,3,4,5)
time(1,2,3,fold=2)
time("a")
time.fromisoformat("a")
time.fromisoformat("12:30:45.123456789+01:30")
time.fromisoformat("T12")
time.fromisoformat("T123045,5Z")
time.fromisoformat("12:30+24:00")
time.fromisoformat("25:30")
time(1)<time(1,tzinfo=timezone.utc)
time(1)==time(1,tzinfo=timezone.utc)
time(1)<1
time(1).isoformat("x")
time(1).isoformat(timespec="hours")
time(1).isoformat(1)
datetime(2000,1,1).isoformat("ab")
datetime(2000,1,1).isoformat("\u1234","minutes")
datetime(2000,1,1).isoformat(timespec="foo")
datetime(2000,1,1).isoformat(1)
datetime.fromtimestamp(1e20)
datetime.fromtimestamp(1,1)
datetime.fromtimestamp(10**12)
datetime.fromtimestamp(float("nan"))
datetime.fromtimestamp(float("inf"))
datetime.utcfromtimestamp(-1e20)
datetime.utcfromtimestamp(-62135596801)
datetime.utcfromtimestamp(-62135596800)
datetime.fromtimestamp(-62135596800,timezone.utc)
datetime.fromtimestamp(253402300799.9999999,timezone.utc)
datetime.combine(1,2)
datetime.combine(date(1,1,1),2)
datetime.combine(date(1,1,1),time(1),3)
datetime.strptime("a","b")
datetime.strptime(1,"b")
datetime.strptime("a")
datetime.fromisoformat("2020-01-01T")
datetime.fromisoformat("2020-01-01T25")
datetime.fromisoformat("2020-01-01T24:00")
datetime.fromisoformat("2020W0112")
datetime.fromisoformat("2020W01T12")
datetime.fromisoformat("2020W01112")
datetime.fromisoformat("20200101123456")
datetime.fromisoformat("2020-W01-1-12")
datetime.fromisoformat("2020-W01-12")
datetime.fromisoformat(None)
datetime(2000,1,1).astimezone(1)
datetime(2000,1,1).astimezone(timezone.utc)
datetime(1,1,1).astimezone(timezone.utc)
datetime(1,1,1).timestamp()
datetime(9999,12,31,23,59,59).timestamp()
datetime(1,1,1,tzinfo=timezone.utc).timestamp()
datetime(1,1,1)+1
datetime(1,1,1)-1
datetime(1,1,1)-timedelta(1)
datetime.max+timedelta(1)
timezone(1)
timezone()
timezone(timedelta(1))
timezone(timedelta(0),1)
timezone(timedelta(0),"x",2)
timezone(timedelta(0))
timezone(timedelta(0,1))
timezone(timedelta(0,1,1))
timezone(-timedelta(0,1,1))
timezone.utc.utcoffset(1)
timezone.utc.tzname(1)
timezone.utc.dst(1)
timezone.utc.fromutc(1)
timezone.utc.fromutc(datetime(1,1,1))
str(timezone.utc), str(timezone(timedelta(0,3600),"x"))
repr(timezone(timedelta(0,3600),"x"))
timezone.utc.__getinitargs__()
timezone.utc.__reduce__()
tzinfo().utcoffset(None)
tzinfo().tzname(None)
tzinfo().dst(None)
tzinfo().fromutc(1)
tzinfo().fromutc(datetime(1,1,1))
tzinfo().__reduce__()
date(2000,1,1).__reduce__()
date(2000,1,1).__reduce_ex__(2)
time(1,fold=1).__reduce__()
time(1,fold=1).__reduce_ex__(4)
time(1,fold=1).__reduce_ex__(2)
time(1,fold=1).__reduce_ex__("a")
datetime(2000,1,1,fold=1,tzinfo=timezone.utc).__reduce_ex__(4)
datetime(2000,1,1,fold=1,tzinfo=timezone.utc).__reduce__()
timedelta(1,2,3).__reduce__()
timedelta(1,2,3).__reduce_ex__(2)
date.today(1)
datetime.now(1)
datetime.now(tz=1)
datetime.now(1,2)
datetime.utcnow(1)
datetime(2000,1,1).ctime()
date(2000,1,1).ctime()
repr(datetime(2000,1,1,1,1,tzinfo=timezone.utc,fold=1))
repr(time(1,1,tzinfo=timezone.utc,fold=1))
repr(timedelta()),repr(timedelta(-1,2,3)),str(timedelta(-1,2,3)),str(timedelta(2))
datetime(2000,1,1).dst()
datetime(2000,1,1).utctimetuple()
datetime(2000,1,1).timetuple()
datetime(1,1,1,tzinfo=timezone(timedelta(hours=1))).utctimetuple()
date(2000,1,1).timetuple()
date.__new__(int)
datetime.__new__(date,1,1,1)
time(b"\x01\x02\x03\x00\x00\x04")
time("\x01\x02\x03\x00\x00\x04",1)
time(b"\x81\x02\x03\x00\x00\x04")
time(b"\x01\x02\x03\x00\x00\x04",timezone.utc)
datetime(b"\x07\xd0\x81\x01\x01\x02\x03\x00\x00\x04",timezone.utc)
datetime(b"\x07\xd0\x8d\x01\x01\x02\x03\x00\x00\x04",timezone.utc)
D.IsoCalendarDate
type(date(2000,1,1).isocalendar())
type(date(2000,1,1).isocalendar()).__mro__
type(date(2000,1,1).isocalendar())(1,2,3)
date(2000,1,1).isocalendar().__reduce__()
date.foo
datetime(2000,1,1).foo
datetime.now().year=1
timedelta(1).days=1
del timedelta(1).days
timedelta.resolution, timedelta.max, timedelta.min, date.max, date.min,date.resolution,time.min,time.max,time.resolution,datetime.max
timezone.utc,timezone.min,timezone.max
timedelta(days=1.1,hours=2.2, microseconds=0.5)
timedelta(microseconds=0.5),timedelta(microseconds=1.5)
timedelta(True)
timedelta(seconds=1e-7)
timedelta.total_seconds(timedelta(1,1,1))
timedelta(1).total_seconds(1)
date(2**70,1,1)
date(-2**70,1,1)
date("a")
date(1,foo=2)
date(1,year=2)
date(1,2,3,foo=1)
date(a=1,b=2,c=3,d=4)
datetime(1,1,1,tzinfo=T(1)).utcoffset()
datetime(1,1,1,tzinfo=T(timedelta(1))).utcoffset()
datetime(1,1,1,tzinfo=T(timedelta(-1))).utcoffset()
datetime(1,1,1,tzinfo=T(timedelta(0),1,2)).tzname()
datetime(1,1,1,tzinfo=T(timedelta(0),1,2)).dst()
datetime(1,1,1,tzinfo=T(timedelta(0),1,2)).timetuple()
datetime(1,1,1,tzinfo=T(timedelta(0),None,2)).strftime("%Z")
datetime(1,1,1,tzinfo=T(timedelta(0),None,"%d")).strftime("%Z %z")
T(None).fromutc(datetime(1,1,1,tzinfo=T(None)))
(lambda z: z.fromutc(datetime(1,1,1,tzinfo=z)))(T(None))
(lambda z: z.fromutc(datetime(1,1,1,tzinfo=z)))(T(timedelta(1/24)))
datetime(2020,1,1,tzinfo=T(timedelta(seconds=-3601,microseconds=5))).isoformat()
datetime(2020,1,1).strftime("%")
datetime(2020,1,1).strftime("a%")
datetime(2020,1,1).strftime("\ud800")
datetime(2020,1,1).strftime("\0%Y")
datetime(2020,1,1).strftime("é%Y€")
datetime(999,1,1).strftime("%Y")
date(999,1,1).strftime("%Y")
time(1,2).strftime("%Y %d %H:%M:%S %f %Z|%z")
time.fromisoformat("12:30:45.1234567x+01:00")
time.fromisoformat("12:30\0")
time.fromisoformat("12\0:30")
time.fromisoformat("")
time.fromisoformat("T")
time.fromisoformat("12:30Z ")
time.fromisoformat("12:30+01:00:00.0000001")
datetime.fromisoformat("2020-01-01\ud80012:30")
datetime.fromisoformat("2020-01-01é12:30")
datetime.fromisoformat("2020-01-01😀12:30")
datetime.fromisoformat("")
datetime.fromisoformat("2020-01")
datetime.fromisoformat("2020W01")
timedelta(2**63)
timedelta(10**30,-10**30*86400,5)
timedelta(microseconds=1)*2**64
timedelta(microseconds=1)*2**90
2**90*timedelta(0)
1.5*timedelta(1)
True*timedelta(1)
timedelta(1)/2**90
timedelta(1)/1e-300
timedelta(1)//2**90
timedelta(1)/True
timedelta(3)%timedelta(2)
timedelta(-3)//2
divmod(timedelta(-3),timedelta(2))
datetime(2020,1,1,1).replace(tzinfo=1)
datetime(2020,1,1,1).replace(fold=3)
datetime(2020,1,1,1).replace(1,1,1,1,1,1,1,None,1)
datetime(2020,1,1,1).replace(1,1,1,1,1,1,1,None,fold=1)
time(1).replace(1,1,1,1,None,1)
time(1).replace(tzinfo=1)
datetime(1,1,1,1,1,1,tzinfo=T(timedelta(0,3700)))<datetime(1,1,1,tzinfo=T(timedelta(0)))
datetime(1,1,1,1,1,1,tzinfo=T(timedelta(0,3700)))-datetime(1,1,1,tzinfo=T(timedelta(0)))
time(1,1,1,tzinfo=T(timedelta(0,3700)))<time(1,1,tzinfo=T(timedelta(0)))
bool(time(0)),bool(timedelta(0))
datetime.fromtimestamp(1.5,tz=None)
datetime.fromtimestamp(-1.0000005)
datetime.fromtimestamp(1.0000005), datetime.fromtimestamp(1.0000015)
datetime.fromtimestamp("a")
datetime.fromtimestamp(2**63)
datetime.fromtimestamp(2**62)
date.fromtimestamp(2**62)
date.fromtimestamp(2**55)
date.fromtimestamp(253402300800)
datetime.utcfromtimestamp(True)
datetime(2020,1,1).isoformat(" ",timespec="auto")
datetime(2020,1,1,1,1,1,1).isoformat(timespec="milliseconds")
datetime(2020,1,1).isoformat(timespec="a\0b")
datetime(2020,1,1).isoformat(timespec="\ud800")
datetime(2020,1,1).isoformat(None)
datetime.strptime("2020 +0130","%Y %z")
datetime.strptime("2020")
datetime.strptime("2020",1)
datetime.combine(date(1,1,1),time(1),None)
datetime.combine(date(1,1,1),time(1),tzinfo=timezone.utc)
datetime.combine(date(1,1,1))
datetime.combine()
datetime(2020,1,1).__format__("")
datetime(2020,1,1).__format__("%Y")
timezone(timedelta(0,1,2)),str(timezone(-timedelta(0,1,2)))
timezone(timedelta(0),None)
timezone(timedelta(0),"a").__getinitargs__()
timezone(timedelta(0),"a")==timezone.utc
timezone.utc==1
timezone.utc.tzname(None),timezone(timedelta(0),"é").tzname(None)
date(0,0,1)
date(0,1,0)
date.fromisoformat('0000-00-01')
date.fromisoformat('0000W011')
date.fromisoformat('0000W991')
date.fromisoformat('0000W01')
date.fromisoformat('0001W011')
date.fromisoformat('9999W537')
date.fromisoformat('9999W527')
datetime(2020,1,1).strftime("a\0b%Yc")
datetime(2020,1,1).strftime("a\0b%Y\0c")
timedelta()/bad((1,2,3))
timedelta()/bad((1,2,))
timedelta()/bad((1,0))
timedelta()/bad((0,1))
timedelta()/bad((1,'a'))
timedelta()/bad(('b','a'))
timedelta()*bad(('b','a'))
timedelta()*bad((1,2,3))
timedelta()*bad([1,2])
timedelta()*bad((1,0))
timedelta()*bad(())
datetime(2020,1,1,tzinfo=Z()).strftime("%Z")
'''.strip().splitlines():
    try:
        print(source, "->", ascii(eval(source)))
    except Exception as e:
        print(source, "!!", type(e).__name__, ascii(str(e)))
