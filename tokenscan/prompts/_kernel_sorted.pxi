# Comparing samples of large shingle sets, sorted.

cdef struct Sample:
    # The smallest distinct keys of a text, sorted, and room to sort them.
    uint64_t* keys
    uint64_t* spare
    int64_t count


cdef void sort_keys(
    Sample* keys, const uint8_t* text, int64_t length, int size, int64_t limit, int64_t capacity
) noexcept nogil:
    """Keep the `limit` smallest distinct keys of a text of any length, sorted, in room for `capacity`."""
    cdef int64_t p, count = 0
    cdef uint64_t key, packed = 0, bound = ~(<uint64_t>0), window = ~(<uint64_t>0) >> (64 - 8 * size)
    for p in range(length):
        packed = (packed << 8 | text[p]) & window
        if p < size - 1:
            continue
        key = key_of(packed)
        if key >= bound:
            continue
        keys.keys[count] = key
        count += 1
        if count == capacity:
            count = tidy(keys, count, limit)
            if count == limit:
                bound = keys.keys[limit - 1]
    keys.count = tidy(keys, count, limit)


cdef int64_t tidy(Sample* keys, int64_t count, int64_t limit) noexcept nogil:
    """Sort keys, drop repeats, keep the smallest."""
    cdef int64_t i, kept = 0
    cdef uint64_t key, before = 0
    cdef uint64_t* found = keys.keys
    # The upper halves put hardly any two keys in the wrong order, unless somebody has seen to that.
    radix_twice(keys, count, KEY_BITS - 2 * RADIX_BITS)
    if not put_right(found, count):
        radix_twice(keys, count, 0)
        radix_twice(keys, count, 2 * RADIX_BITS)
    for i in range(count):
        # Whether one is repeated cannot be predicted.
        key = found[i]
        kept += i > 0 and key != before
        found[kept] = key
        before = key
    return min(kept + (count > 0), limit)


cdef bint put_right(uint64_t* keys, int64_t count) noexcept nogil:
    """Sort keys of which few are in the wrong place; give up where it takes as many moves as there are keys."""
    cdef int64_t i, at, moves = 0
    cdef uint64_t key, before = 0
    for i in range(count):
        key, at = keys[i], i
        if key >= before:
            before = key
            continue
        while at > 0 and keys[at - 1] > key:
            keys[at] = keys[at - 1]
            at -= 1
        keys[at] = key
        moves += i - at
        if moves > count:
            return False
    return True


cdef inline void radix_twice(Sample* keys, int64_t count, int shift) noexcept nogil:
    """Sort by the bits from `shift` on that two passes take, where equal ones stay as they are."""
    radix_pass(keys.keys, keys.spare, count, shift)
    radix_pass(keys.spare, keys.keys, count, shift + RADIX_BITS)


cdef void radix_pass(const uint64_t* source, uint64_t* target, int64_t count, int shift) noexcept nogil:
    cdef int64_t[RADIX] place
    cdef int64_t i, total = 0, size
    cdef int digit
    memset(place, 0, sizeof(place))
    for i in range(count):
        place[(source[i] >> shift) & (RADIX - 1)] += 1
    for digit in range(RADIX):
        size = place[digit]
        place[digit] = total
        total += size
    for i in range(count):
        digit = (source[i] >> shift) & (RADIX - 1)
        target[place[digit]] = source[i]
        place[digit] += 1


cdef double share_sorted(Sample* one, Sample* two, int64_t limit) noexcept nogil:
    """Compare sorted sets up to the last key that both hold completely."""
    cdef uint64_t reach = ~(<uint64_t>0)
    cdef int64_t i = 0, j = 0, total = 0, common = 0
    if one.count == limit:
        reach = one.keys[limit - 1]
    if two.count == limit:
        reach = min(reach, two.keys[limit - 1])
    while i < one.count and one.keys[i] <= reach:
        while j < two.count and two.keys[j] < one.keys[i]:
            j += 1
        common += j < two.count and two.keys[j] == one.keys[i]
        i += 1
    j = 0
    while j < two.count and two.keys[j] <= reach:
        j += 1
    total = i + j
    return <double>common / <double>max(total - common, 1)
