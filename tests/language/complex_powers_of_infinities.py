# Powers with an infinite result overflow; int() shows any buffer as bytes.
inf=float('inf'); nan=float('nan')
for a in (complex(inf), complex(0,inf), complex(nan), complex(1,-0.0), complex(-inf,nan), complex(1e200)):
    for b in (2, 1, -1, 0, 0.5, complex(1,-0.0), complex(1,1), 101, -2, 1j):
        try: print(a,b,a**b)
        except Exception as e: print(a,b,repr(e))
for x in (bytearray(b'xyz'), b'xyz', bytearray(b'')):
    for base in (None, 10, 37, 2):
        try: int(x) if base is None else int(x, base)
        except Exception as e: print(type(x), base, e)


