import sys
sys.modules.clear()
import os, re
print(re.compile('a').match('a'))
