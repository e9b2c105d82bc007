"""Template inheritance, loops, macros, filters, escaping, a syntax error."""
from jinja2 import Environment, DictLoader
env=Environment(loader=DictLoader({'base':'<h1>{% block t %}{% endblock %}</h1>','a':'{% extends "base" %}{% block t %}{% for u in users if u.ok %}{{ loop.index }}: {{ u.name|upper|e }}{% if not loop.last %}, {% endif %}{% else %}none{% endfor %}{% macro m(x, y=2) %}{{x}}-{{y}}{% endmacro %}{{ m(1) }}{{ "%05.2f"|format(3.14159) }}{{ [1,2,3]|sum }}{{ "a<b"|e }}{% endblock %}'}), autoescape=True)
print(env.get_template('a').render(users=[{'name':'x<y','ok':1},{'name':'b','ok':0},{'name':'c','ok':2}]))
try: env.from_string('{% for %}')
except Exception as e: print(type(e), e)
