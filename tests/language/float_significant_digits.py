"""%e and %g around powers of ten, halves and the places where the method changes."""
import random, struct
random.seed(7)
values = []
for e in range(-9, 18):
    for m in (1, 9, 9.5, 9.95, 9.99995, 9.999995, 9.9999949, 1.5, 2.5, 1.25, 1.05, 1.00005, 5, 0.99999999999):
        values.append(m * 10.0 ** e)
values += [float(10 ** k + d) for k in range(17) for d in (-1, 0, 1, 0.5)]
values += [k / 8 for k in range(0, 4000, 7)] + [k + 0.5 for k in range(100, 1200, 3)]
values += [random.random() * 10 ** random.randrange(-8, 17) for _ in range(60)]
values += [struct.unpack("d", struct.pack("Q", random.getrandbits(62)))[0] for _ in range(300)]
values += [2.0 ** k for k in range(-30, 60)] + [0.0, -0.0, 5e-324, 1e308, float("inf"), -2.5, -123456789.0]
total = 0
for v in values:
    for p in (0, 1, 2, 3, 6, 9, 14, 15, 16):
        for code in "eG":
            t = "%." + str(p) + code
            s = t % v + format(v, "." + str(p) + code)
            for c in s:
                total = (total * 131 + ord(c)) & 0xffffffffffff
    total += len("%g %e" % (v, v)) + len(f"{v:g}{v:.3}{v:n}{v:.2%}")
    if abs(v) < 1e300 and int(abs(v) * 3) % 97 == 5:
        print("%g %e %.3g %.10g %.0e" % (v, v, v, v, v), f"{v:.4} {v:g} {v:+.3e}")
print(total)
