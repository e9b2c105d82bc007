import builtins
builtins.__import__ = 5
import os
