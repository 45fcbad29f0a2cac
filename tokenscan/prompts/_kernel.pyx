# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: freethreading_compatible=True
"""The loops that read every byte of every prompt, compiled.

`NumpyEngine` gives the same numbers without a compiler; sources of the methods stand there. Texts lie in one
buffer, text i at data[begin[i]:end[i]]. Functions work on the items [first, last) without the GIL, so that a
pool of threads can share the work, and check every range before they read a byte.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

import sys

import numpy as np

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define PREFETCH(address) __builtin_prefetch(address)
    #define SWAPPED(word) __builtin_bswap64(word)
    #define LOWEST(bits) __builtin_ctzll(bits)
    #else
    #define PREFETCH(address) ((void)(address))
    #include <intrin.h>
    #include <stdlib.h>
    #define SWAPPED(word) _byteswap_uint64(word)
    static int LOWEST(unsigned __int64 bits) { unsigned long place = 0; _BitScanForward64(&place, bits); return place; }
    #endif

    /* Compiled for three generations of processors, of which the dynamic linker picks one: sketching takes a third less. */
    #if defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
    #define WIDE __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
    #else
    #define WIDE
    #endif
    """
    void PREFETCH(const void*) noexcept nogil
    uint64_t SWAPPED(uint64_t) noexcept nogil
    int LOWEST(uint64_t) noexcept nogil
    ctypedef void wide "WIDE void"

cdef enum:
    SLOTS = 128
    LETTERS = 32
    AHEAD = 4  # texts between asking for memory and using it
    FAR = 16  # the same where there is next to nothing to do in between
    KEY_BITS = 40
    RADIX_BITS = 10
    RADIX = 1 << RADIX_BITS

cdef uint32_t EMPTY = 0xFFFFFFFFu
cdef uint64_t VACANT = ~(<uint64_t>0)


cdef inline uint64_t mix(uint64_t value) noexcept nogil:
    value ^= value >> 33
    value *= 0xFF51AFD7ED558CCDu
    value ^= value >> 33
    value *= 0xC4CEB9FE1A85EC53u
    return value ^ (value >> 33)


cdef inline uint64_t key_of(uint64_t packed) noexcept nogil:
    return mix(packed) >> 24


cdef int check_items(int64_t count, int64_t first, int64_t last) except -1:
    if first < 0 or last < first or last > count:
        raise ValueError(f"items {first} to {last} are not among the {count} there are")
    return 0


cdef int check_texts(int64_t n_bytes, const int64_t[::1] begin, const int64_t[::1] end) except -1:
    cdef int64_t i, wrong = -1
    if begin.shape[0] != end.shape[0]:
        raise ValueError(f"{begin.shape[0]} begins, but {end.shape[0]} ends")
    with nogil:
        for i in range(begin.shape[0]):
            if begin[i] < 0 or end[i] < begin[i] or end[i] > n_bytes:
                wrong = i
                break
    if wrong >= 0:
        raise ValueError(f"text {wrong} reaches outside the {n_bytes} bytes there are")
    return 0


cdef int check_pairs(
    int64_t n_texts, const int64_t[::1] left, const int64_t[::1] right, int64_t first, int64_t last
) except -1:
    cdef int64_t i, wrong = -1
    if left.shape[0] != right.shape[0]:
        raise ValueError(f"{left.shape[0]} texts on the left, but {right.shape[0]} on the right")
    check_items(left.shape[0], first, last)
    with nogil:
        for i in range(first, last):
            if left[i] < 0 or left[i] >= n_texts or right[i] < 0 or right[i] >= n_texts:
                wrong = i
                break
    if wrong >= 0:
        raise ValueError(f"pair {wrong} names a text that is not among the {n_texts} there are")
    return 0


cdef int check_named(
    int64_t n_bytes,
    const int64_t[::1] begin,
    const int64_t[::1] end,
    const int64_t[::1] left,
    const int64_t[::1] right,
    int64_t first,
    int64_t last,
) except -1:
    """Check pairs of texts, and the texts that they name."""
    cdef int64_t i, text, wrong = -1
    if begin.shape[0] != end.shape[0]:
        raise ValueError(f"{begin.shape[0]} begins, but {end.shape[0]} ends")
    check_pairs(begin.shape[0], left, right, first, last)
    with nogil:
        for i in range(2 * first, 2 * last):
            text = right[i // 2] if i & 1 else left[i // 2]
            if begin[text] < 0 or end[text] < begin[text] or end[text] > n_bytes:
                wrong = text
                break
    if wrong >= 0:
        raise ValueError(f"text {wrong} reaches outside the {n_bytes} bytes there are")
    return 0


cdef int check_size(int size) except -1:
    if not 1 <= size <= 8:
        raise ValueError(f"a shingle has 1 to 8 bytes, not {size}")
    return 0


include "_kernel_texts.pxi"
include "_kernel_sketch.pxi"
include "_kernel_prints.pxi"
include "_kernel_numbers.pxi"
include "_kernel_sorted.pxi"
include "_kernel_sets.pxi"
include "_kernel_compare.pxi"
include "_kernel_buckets.pxi"
include "_kernel_bands.pxi"
include "_kernel_links.pxi"
