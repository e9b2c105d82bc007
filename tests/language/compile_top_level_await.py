# PyCF_ALLOW_TOP_LEVEL_AWAIT: modules become coroutines, nothing inside of them does. A module's code as a function
# has its globals as locals.
import ast, asyncio
from types import FunctionType
flag = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
for source in ('[x async for x in y]', 'await x', 'async for i in y: pass', 'async with a as b: pass', 'def f():  await x', 'def f(): [x for x in await y]',
               'lambda: await x', 'class A: await x', 'def f():\n async for x in y: 3', 'yield 3', 'f"{await x}"', 'return await x', '(x async for x in y)', 'x = 1'):
    for mode in 'exec', 'single':
        for flags in flag, 0:
            try:
                print(source, mode, flags, compile(source, '?', mode, flags=flags).co_flags)
            except SyntaxError as e:
                print(source, mode, flags, e)
g = {'asyncio': asyncio}
async def run():
    code = compile('import asyncio\na = await asyncio.sleep(0, 1)', '?', 'exec', flags=flag)
    print(await FunctionType(code, g)(), g['a'], await eval(code, g))
    space = {}
    await eval(compile('await asyncio.sleep(0); z = 4', '?', 'exec', flags=flag), g, space)
    print(space)
asyncio.run(run())
function = FunctionType(compile('q = 5; print(q)', '?', 'exec'), g)
for i in range(3):
    function()
print(g['q'])
