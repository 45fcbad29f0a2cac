# Comparing the shingle sets of pairs of texts, in hash tables or sorted.

cdef struct Set:
    # Distinct keys of one text: in a hash table whose old entries expire with the stamp, or sorted. `spare`
    # is room to sort, and for a hashed set the last pair in which each key was common.
    uint64_t* keys
    uint64_t* spare
    uint64_t mask
    uint64_t stamp
    int64_t count


def jaccard(
    const uint8_t[::1] data,
    const int64_t[::1] begin,
    const int64_t[::1] end,
    int size,
    int64_t limit,
    const int64_t[::1] left,
    const int64_t[::1] right,
    int64_t first,
    int64_t last,
    double[::1] out,
):
    """Compare the shingle sets of pairs of texts; of a larger set only the `limit` smallest keys.

    Quickest where pairs with the same left text follow one another.
    """
    check_named(data.shape[0], begin, end, left, right, first, last)
    check_size(size)
    if out.shape[0] < last or not 16 <= limit <= 1 << 20:
        raise ValueError("no room for the result, or a limit outside 16 to 2^20")
    cdef int64_t i, a, b, previous = -1, capacity = 16
    cdef bint hashed, was_hashed = False
    cdef Set one, two
    while capacity < 4 * limit:
        capacity *= 2
    one.stamp = two.stamp = 0
    one.count = two.count = 0
    cdef uint64_t* memory = <uint64_t*>malloc(4 * capacity * sizeof(uint64_t))
    if memory == NULL:
        raise MemoryError
    with nogil:
        memset(memory, 0, 4 * capacity * sizeof(uint64_t))
        one.keys, one.spare = memory, memory + capacity
        two.keys, two.spare = memory + 2 * capacity, memory + 3 * capacity
        for i in range(first, last):
            a, b = left[i], right[i]
            hashed = end[a] - begin[a] < limit and end[b] - begin[b] < limit
            if hashed != was_hashed:
                memset(memory, 0, 4 * capacity * sizeof(uint64_t))
                one.stamp = two.stamp = 0
            if a != previous or hashed != was_hashed:
                if hashed:
                    hash_keys(&one, &data[0] + begin[a], end[a] - begin[a], size, capacity)
                else:
                    sort_keys(&one, &data[0] + begin[a], end[a] - begin[a], size, limit, capacity)
            previous, was_hashed = a, hashed
            if hashed:
                out[i] = share_hashed(&one, &two, &data[0] + begin[b], end[b] - begin[b], size, capacity, i + 1)
            else:
                sort_keys(&two, &data[0] + begin[b], end[b] - begin[b], size, limit, capacity)
                out[i] = share_sorted(&one, &two, limit)
        free(memory)


def contained(
    const uint8_t[::1] data,
    const int64_t[::1] begin,
    const int64_t[::1] end,
    int size,
    const int64_t[::1] core,
    const int64_t[::1] text,
    int64_t first,
    int64_t last,
    double[::1] out,
):
    """Share of the distinct shingles of core[i] that text[i] has too, exact whatever the sizes.

    Quickest where pairs with the same core follow one another.
    """
    check_named(data.shape[0], begin, end, core, text, first, last)
    check_size(size)
    if out.shape[0] < last:
        raise ValueError("no room for the result")
    cdef int64_t i, a, b, previous = -1, capacity = 64
    cdef Set one
    for i in range(first, last):
        while capacity <= 4 * (end[core[i]] - begin[core[i]]):
            capacity *= 2
    one.keys = <uint64_t*>calloc(2 * capacity, sizeof(uint64_t))
    if one.keys == NULL:
        raise MemoryError
    with nogil:
        one.spare = one.keys + capacity
        one.stamp = 0
        for i in range(first, last):
            a, b = core[i], text[i]
            if a != previous:
                hash_keys(&one, &data[0] + begin[a], end[a] - begin[a], size, capacity)
            previous = a
            out[i] = share_found(&one, &data[0] + begin[b], end[b] - begin[b], size, i + 1)
        free(one.keys)


cdef double share_found(Set* one, const uint8_t* text, int64_t length, int size, uint64_t pair) noexcept nogil:
    """Return the share of a hashed set that a text has."""
    cdef int64_t p, at, common = 0
    cdef uint64_t packed = 0, window = ~(<uint64_t>0) >> (64 - 8 * size)
    for p in range(length):
        packed = (packed << 8 | text[p]) & window
        if p >= size - 1:
            at = find(one, key_of(packed))
            if at >= 0 and one.spare[at] != pair:
                one.spare[at] = pair
                common += 1
    return <double>common / <double>max(one.count, 1)


cdef inline bint insert(Set* keys, uint64_t key) noexcept nogil:
    """Put a 40-bit key into the table; tell whether it is new."""
    cdef uint64_t entry = keys.stamp << 40 | key, at = key & keys.mask
    while keys.keys[at] >> 40 == keys.stamp:
        if keys.keys[at] == entry:
            return False
        at = (at + 1) & keys.mask
    keys.keys[at] = entry
    return True


cdef inline int64_t find(Set* keys, uint64_t key) noexcept nogil:
    """Return the place of a key in the table, -1 where it is not there."""
    cdef uint64_t entry = keys.stamp << 40 | key, at = key & keys.mask
    while keys.keys[at] >> 40 == keys.stamp:
        if keys.keys[at] == entry:
            return at
        at = (at + 1) & keys.mask
    return -1


cdef void expire(Set* keys, int64_t length, int64_t capacity) noexcept nogil:
    """Start an empty set with room for the shingles of `length` bytes."""
    keys.stamp += 1
    keys.count = 0
    if keys.stamp >> 24:
        memset(keys.keys, 0, capacity * sizeof(uint64_t))
        keys.stamp = 1
    keys.mask = 63
    while keys.mask < <uint64_t>(4 * length):
        keys.mask = 2 * keys.mask + 1


cdef void hash_keys(Set* keys, const uint8_t* text, int64_t length, int size, int64_t capacity) noexcept nogil:
    cdef int64_t p
    cdef uint64_t packed = 0, window = ~(<uint64_t>0) >> (64 - 8 * size)
    expire(keys, length, capacity)
    for p in range(length):
        packed = (packed << 8 | text[p]) & window
        if p >= size - 1:
            keys.count += insert(keys, key_of(packed))


cdef double share_hashed(
    Set* one, Set* two, const uint8_t* text, int64_t length, int size, int64_t capacity, uint64_t pair
) noexcept nogil:
    """Compare a hashed set with that of a text. `two` takes the keys that `one` lacks; `pair` is never the same."""
    cdef int64_t p, at, common = 0
    cdef uint64_t key, packed = 0, window = ~(<uint64_t>0) >> (64 - 8 * size)
    expire(two, length, capacity)
    for p in range(length):
        packed = (packed << 8 | text[p]) & window
        if p < size - 1:
            continue
        key = key_of(packed)
        at = find(one, key)
        if at < 0:
            two.count += insert(two, key)
        elif one.spare[at] != pair:
            one.spare[at] = pair
            common += 1
    return <double>common / <double>max(one.count + two.count, 1)


cdef void sort_keys(
    Set* keys, const uint8_t* text, int64_t length, int size, int64_t limit, int64_t capacity
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


cdef int64_t tidy(Set* keys, int64_t count, int64_t limit) noexcept nogil:
    """Sort keys, drop repeats, keep the smallest."""
    cdef int64_t i, kept = 0
    cdef int shift
    for shift in range(4):
        if shift & 1:
            radix_pass(keys.spare, keys.keys, count, shift * RADIX_BITS)
        else:
            radix_pass(keys.keys, keys.spare, count, shift * RADIX_BITS)
    for i in range(count):
        if kept == 0 or keys.keys[i] != keys.keys[kept - 1]:
            keys.keys[kept] = keys.keys[i]
            kept += 1
    return min(kept, limit)


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


cdef double share_sorted(Set* one, Set* two, int64_t limit) noexcept nogil:
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
