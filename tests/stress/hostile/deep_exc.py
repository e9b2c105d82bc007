e = None
for i in range(200000):
    n = ValueError()
    n.__context__ = e
    e = n
try:
    raise e
except ValueError:
    print('ok')
import sys
sys.stderr = open('/dev/null', 'w')
raise e
