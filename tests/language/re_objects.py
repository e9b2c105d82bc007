import re
def t(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
m=re.match('(a)(b)?(?P<n>c)','ac')
for f in [lambda:m.group('x'),lambda:m.group(4),lambda:m.group(-1),lambda:m.start('z'),lambda:m.group(1,2),lambda:m.group(),lambda:m.regs,lambda:m.lastindex,lambda:m.lastgroup,lambda:m,lambda:m.groupdict(),lambda:m['n'],lambda:m.span(2),lambda:m.expand(r'\1\2x\g<n>'),lambda:re.compile('a').match(b'a'),lambda:re.compile(b'a').match('a'),lambda:re.compile('a').match(1),lambda:re.compile('a'),lambda:re.compile('a',re.I|re.M|re.A),lambda:re.compile('x'*300),lambda:re.compile('a').sub(1,'a'),lambda:re.compile('a').sub('b',b'a'),lambda:re.compile('(a)|b').sub(r'[\1]','ab'),lambda:re.compile('a').scanner('aa').match(),lambda:hash(re.compile('a'))==hash(re.compile('a')),lambda:re.compile('a')<1,lambda:m.group([]),lambda:m.group(1.5),lambda:re.compile('a').split('banana'),lambda:re.compile('(a)|(b)').findall('ab'),lambda:re.compile('a').subn('x','aaa',2),lambda:re.compile('a').groupindex,lambda:re.compile('').sub('-','abc'),lambda:re.compile(r'\b').split('ab cd'),lambda:re.compile('x*').findall('axbc'),lambda:re.compile('a').sub(lambda m:None,'bab'),lambda:re.compile('a').sub(lambda m:5,'bab'),lambda:re.compile('a').match(),lambda:repr(re.compile(b'a')), lambda:re.compile('a',re.L), lambda:re.compile(b'a',re.L), lambda: re.compile('a').scanner('a').__class__, lambda: type(m).__mro__]:
    t(f)
import _sre
t(lambda:_sre.compile('a',0,[1],0,{},()))
t(lambda:_sre.compile('a',0,['a'],0,{},()))
t(lambda:_sre.compile('a',0,[2**40],0,{},()))
t(lambda:_sre.compile('a',0,1,0,{},()))
