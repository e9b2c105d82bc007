"""sqlglot: one dialect into another, the optimizer, and queries on Python's own data."""
import sqlglot
from sqlglot import diff, exp, optimizer, parse_one, transpile
from sqlglot.executor import execute

QUERIES = [
    ("SELECT DATE_ADD(a, INTERVAL 1 DAY) FROM t", "mysql", "postgres"),
    ("SELECT a::int, b ->> 'x' FROM t WHERE c ILIKE 'q%' LIMIT 3 OFFSET 2", "postgres", "mysql"),
    ("WITH x AS (SELECT 1 AS a UNION ALL SELECT 2) SELECT SUM(a) OVER (PARTITION BY a ORDER BY a ROWS BETWEEN 1 "
     "PRECEDING AND CURRENT ROW) FROM x", "duckdb", "snowflake"),
    ("SELECT STRFTIME(x, '%Y-%m') FROM y QUALIFY ROW_NUMBER() OVER (ORDER BY z) = 1", "duckdb", "bigquery"),
    ("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, n VARCHAR(10) DEFAULT 'x')", "mysql", "tsql"),
]
for query, source, target in QUERIES:
    print(transpile(query, read=source, write=target, pretty=True)[0])
tree = parse_one("SELECT t.a, b + 1 * 2 FROM (SELECT * FROM u WHERE x > 1 AND 1 = 1) AS t JOIN v ON t.id = v.id "
                 "WHERE NOT (a = 1 OR b = 2)")
print(repr(tree))
schema = {"u": {"a": "int", "x": "int", "id": "int"}, "v": {"id": "int", "b": "int"}}
print(optimizer.optimize(tree, schema=schema).sql(pretty=True))
print([(column.sql(), column.table) for column in tree.find_all(exp.Column)])
try:
    parse_one("SELECT FROM WHERE (")
except sqlglot.errors.ParseError as error:
    print(error)
print(len(diff(parse_one("SELECT a, b"), parse_one("SELECT a, c"))))
rows = [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 4}]
print(execute("SELECT a, SUM(b) AS s FROM t GROUP BY a ORDER BY a", tables={"t": rows}))
