import sys
for k in list(vars(sys)):
    try:
        delattr(sys, k)
    except Exception:
        pass
print(1)
raise ValueError
