# What stood in the way of an error stays in the encoder's dict of markers, outermost first.
import json
import json.encoder

for value in ([1, [2, {"a": [object()]}]], {"a": {"b": {1: [2], (): 3}}}, [[[]], [{"x": ((), (object(),))}]]):
    markers = {}
    encoder = json.encoder.c_make_encoder(markers, lambda o: 1 / 0, json.encoder.encode_basestring, None, ":", ",", False, False, True)
    for _ in range(2):
        try:
            print(encoder(value, 0))
        except Exception as error:
            print(type(error).__name__, error)
        print([type(item).__name__ for item in markers.values()], all(key == id(item) for key, item in markers.items()))

deep = []
for _ in range(100000):
    deep = [deep]
for text in (deep, {"a": [deep]}):
    try:
        json.dumps(text)
    except RecursionError as error:
        print("RecursionError", str(error)[:32])
