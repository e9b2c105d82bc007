# Exits are copied for the jumps that lead to them, the latest made block first.
def show(code):
    print(code.co_name, code.co_code.hex(), code.co_linetable.hex())
    for constant in code.co_consts:
        if hasattr(constant, 'co_code'):
            show(constant)
for condition in '1 <= B <= 12', 'A and 1 < B < 3', 'not 1 < B < 3 < 4', 'A or 1 < B < 3', '(A if B else C)', '(A and 1 < C < 2) or E':
    for body in 'D', 'if C: D', 'while C: D', 'for x in C: D', 'try: D\n  except E: raise', 'with C: D', 'assert C':
        show(compile(f'def f():\n if {condition}:\n  {body}', 'f', 'exec'))
        show(compile(f'while {condition}:\n  {body}', 'f', 'exec'))
    show(compile(f'x = {condition}; f(lambda: {condition}); [a for a in b if {condition}]', 'f', 'exec'))
show(compile('x: int = 1', 'f', 'single'))
