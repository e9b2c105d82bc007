import sys
for k in list(vars(sys)):
    try:
        setattr(sys, k, 5)
    except Exception:
        pass
print(1)
1 / 0
