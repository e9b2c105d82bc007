# Methods of an object whose __init__ never ran raise ValueError.
import io
decoder = io.IncrementalNewlineDecoder.__new__(io.IncrementalNewlineDecoder)
for call in (lambda: decoder.decode(b"x"), decoder.getstate, lambda: decoder.setstate((b"", 0)), decoder.reset):
    try:
        call()
    except ValueError as error:
        print("ValueError")
