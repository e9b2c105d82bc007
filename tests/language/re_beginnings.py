"""Searches with patterns whose first characters are told together: alternatives, sets, repeats, at all places of short texts."""
import re, random, itertools
random.seed(11)
atoms = ["a","b","c","[ab]","[^a]","\\w","\\d","(?:ab)","a+","b{2}","[bc]{2,3}","(a|b)","(?=a)","(?!b)","\\b",".","c*?","(?i:A)","\u4e2d","\xe9","^","$","(?:a|bc|cab)","[a-c]{3}","a?"]
texts = ["".join(random.choice("abc1 \n\xe9") for _ in range(40)) for _ in range(12)]+["".join(random.choice("abc\u4e2d\U0001f389") for _ in range(40)) for _ in range(6)]+["","a","ab","abc"]
out=0
for i in range(300):
    alts=["".join(random.choice(atoms) for _ in range(random.randrange(1,5))) for _ in range(random.choice((1,1,2,3,9)))]
    p="|".join(alts)
    if random.random()<.3: p="("+p+")"
    try: r=re.compile(p)
    except re.error: continue
    for t in random.sample(texts,4):
        out=hash((out,tuple(m.span() for m in r.finditer(t)), (r.search(t,3,20).span() if r.search(t,3,20) else 0)))
        print(p.encode("unicode_escape"), [m.span() for m in r.finditer(t)])
pass
