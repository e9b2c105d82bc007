# What numbers that fit no C integer, and what is no number, are called as arguments for sizes, indices and counts.
import _collections
import _warnings
import array
import bisect
import collections
import functools
import io
import itertools
import mmap
import operator
import re
import warnings

B = None  # the argument
CALLS = [
    lambda: itertools.islice([1], B),
    lambda: itertools.islice([1], 1, B, 1),
    lambda: itertools.repeat(1, B),
    lambda: itertools.combinations([1], B),
    lambda: itertools.permutations([1], B),
    lambda: itertools.combinations_with_replacement([1], B),
    lambda: itertools.product([1], repeat=B),
    lambda: itertools.tee([1], B),
    lambda: bisect.bisect([1], 1, B),
    lambda: bisect.bisect([1], 1, 0, B),
    lambda: bisect.insort([1], 1, hi=B),
    lambda: bisect.insort_left([1], 1, B),
    lambda: warnings.warn('x', stacklevel=B),
    lambda: _warnings.warn('x', UserWarning, B),
    lambda: warnings.warn_explicit('x', UserWarning, 'f', B),
    lambda: mmap.mmap(-1, 10).move(B, 0, 1),
    lambda: mmap.mmap(-1, 10).move(0, 0, B),
    lambda: mmap.mmap(-1, 10).read(B),
    lambda: mmap.mmap(-1, 10).seek(B),
    lambda: mmap.mmap(-1, B),
    lambda: mmap.mmap(-1, 10).resize(B),
    lambda: functools.lru_cache(maxsize=B)(len),
    lambda: functools._lru_cache_wrapper(len, B, False, tuple),
    lambda: io.BytesIO().read(B),
    lambda: io.BytesIO().truncate(B),
    lambda: io.BytesIO().readline(B),
    lambda: io.BytesIO().readlines(B),
    lambda: io.StringIO().truncate(B),
    lambda: io.StringIO().readline(B),
    lambda: io.BufferedReader(io.BytesIO()).read(B),  lambda: io.BufferedReader(io.BytesIO()).peek(B),
    lambda: io.BufferedReader(io.BytesIO()).read1(B),
    lambda: io.BufferedReader(io.BytesIO()).seek(B),
    lambda: io.BufferedReader(io.BytesIO(), B),
    lambda: io.BufferedWriter(io.BytesIO(), B),
    lambda: io.BufferedRWPair(io.BytesIO(), io.BytesIO(), B),
    lambda: io.BufferedRandom(io.BytesIO(), B),
    lambda: io.TextIOWrapper(io.BytesIO()).read(B),
    lambda: io.TextIOWrapper(io.BytesIO()).readline(B),
    lambda: io.FileIO('/dev/null').read(B),
    lambda: io.FileIO('/dev/null').seek(B),
    lambda: io.RawIOBase().read(B),
    lambda: io.IOBase().readline(B),
    lambda: io.IOBase().readlines(B),
    lambda: io.BytesIO(b'a').readinto(B),
    lambda: re.compile('a').match('a', B),
    lambda: re.compile('a').search('a', 0, B),
    lambda: re.compile('a').split('a', B),
    lambda: re.compile('a').sub('a', 'a', B),
    lambda: re.match('a', 'a').group(B),
    lambda: re.match('a', 'a').start(B),
    lambda: _collections._tuplegetter(B, ''),
    lambda: collections.deque([1]).rotate(B),
    lambda: collections.deque([1]).insert(B, 1),
    lambda: collections.deque([1], B),
    lambda: collections.deque([1]).index(1, B),
    lambda: [1].pop(B),
    lambda: [1].insert(B, 1),
    lambda: [1].index(1, B),
    lambda: array.array('i', [1]).pop(B),
    lambda: array.array('i', [1]).insert(B, 1),
    lambda: array.array('i', [1]).index(1, B),
    lambda: bytearray(b'a').pop(B),
    lambda: bytearray(b'a').insert(B, 1),
    lambda: bytearray(B),
    lambda: bytes(B),
    lambda: bytearray(b'a').append(B),
    lambda: 'a'.rjust(B),
    lambda: 'a'.find('a', B),
    lambda: b'a'.find(b'a', B),
    lambda: 'a'.split(None, B),
    lambda: b'a'.hex(':', B),
    lambda: memoryview(b'a').cast('b', [B]),
    lambda: memoryview(b'a')[B],
    lambda: memoryview(b'a').hex(':', B),
    lambda: UnicodeDecodeError('a', b'', B, 1, 'x'),
    lambda: UnicodeEncodeError('a', '', 0, B, 'x'),
    lambda: UnicodeTranslateError('a', B, 1, 'x'),
    lambda: operator.length_hint([], B),
    lambda: operator.length_hint(type('A', (), {'__length_hint__':lambda s:B})()),
    lambda: len(type('A', (), {'__len__':lambda s:B})()),
    lambda: b'a'.decode('utf-8', B),
    lambda: int.from_bytes(b'a', B),
    lambda: (5).to_bytes(B, 'big'),
    lambda: 'a'.__mul__(B),
    lambda: slice(1, 2).indices(B),
    lambda: reversed([1]).__setstate__(B),
    lambda: iter([1]).__setstate__(B),
    lambda: iter('a').__setstate__(B),
    lambda: iter((1, )).__setstate__(B),
    lambda: iter(range(5)).__setstate__(B),
    lambda: iter(b'a').__setstate__(B),
    lambda: b'a' in b'a' and (B in b'a'),
    lambda: bytes([B]),
    lambda: array.array('i', [B]),
    lambda: array.array('d', [B]),
    lambda: int(memoryview(b'123')[::2]),
    lambda: float(memoryview(b'123')[::2]),
    lambda: type(...)(B),
    lambda: array.array('h', [B]),
    lambda: array.array('I', [B]),
    lambda: array.array('q', [B]),
]


for B in 1 << 100, 'x', 1.5:
    for number, call in enumerate(CALLS):
        try:
            print(number, type(call()))
        except Exception as e:
            print(number, type(e).__name__, e)
