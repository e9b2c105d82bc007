import sys, code
sys.displayhook = None
try:
    exec(compile('1', '', 'single'))
except TypeError as e:
    print(e)
sys.displayhook = lambda x: exec(compile('2', '', 'single'))
try:
    exec(compile('1', '', 'single'))
except RecursionError:
    print('r')
del sys.displayhook
try:
    exec(compile('1', '', 'single'))
except RuntimeError as e:
    print(e)
