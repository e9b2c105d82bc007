"""Integrals, solving, series, matrices, factoring."""
from sympy import *
x, y = symbols('x y')
print(integrate(sin(x)*exp(x), x)); print(factor(x**4-1)); print(solve([x+y-2, x-y], [x, y])); print(diff(sin(x)**cos(x), x)); print(limit(sin(x)/x, x, 0)); print(Matrix([[1,2],[3,4]]).inv()); print(series(exp(x), x, 0, 6)); print(N(pi, 50)); print(latex(Integral(x**2, (x,0,1)))); print(factorint(2**67-1)); print(expand((x+y)**8)); print(simplify(sin(x)**2+cos(x)**2))
print(dsolve(Function('f')(x).diff(x)-Function('f')(x)))
