"""YAML both ways, and an error with its position."""
import yaml
d=yaml.safe_load('a: [1, 2.5, null, true, "x"]\nb: {c: d, e: 2020-01-01}\nf: |\n  text\n  more\n'); print(d); print(yaml.safe_dump(d))
try: yaml.safe_load('a: [1')
except Exception as e: print(e)
