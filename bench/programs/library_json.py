"""library: json, csv and pickle on records."""
import csv
import io
import json
import pickle

def run():
    records = [{"id": i, "name": f"n{i}", "tags": ["a", "b\u20ac", None], "score": i / 7} for i in range(1500)]
    text = json.dumps(records)
    table = io.StringIO()
    csv.writer(table).writerows([r["id"], r["name"], r["score"]] for r in records)
    table.seek(0)
    again = pickle.loads(pickle.dumps(records))
    return json.loads(text) == records, len(text), sum(1 for _ in csv.reader(table)), again == records
