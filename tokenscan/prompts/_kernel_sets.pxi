# Comparing the shingle sets of pairs of texts, in hash tables or sorted.

cdef struct Keys:
    # Distinct keys, numbered as they come; an entry of the table is such a number and one, or 0.
    uint32_t* table
    uint64_t* keys
    uint64_t mask
    int64_t count


cdef struct Text:
    # A text taken apart: which key is at each place, where each key was first, the last pair in which it was common.
    Keys keys
    uint32_t* number
    uint32_t* place
    uint32_t* seen
    const uint8_t* bytes
    int64_t length
    uint32_t pair


cdef struct Sample:
    # The smallest distinct keys of a text, sorted, and room to sort them.
    uint64_t* keys
    uint64_t* spare
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
    cdef int64_t i, a, b, previous = -1, sampled = -1, capacity = 16
    cdef Text text
    cdef Keys extra
    cdef Sample one, two
    while capacity < 4 * limit:
        capacity *= 2
    memory = new_text(&text, limit)
    more = new_keys(&extra, limit)
    cdef uint64_t[::1] samples = np.empty(4 * capacity, dtype=np.uint64)
    one.keys, one.spare = &samples[0], &samples[capacity]
    two.keys, two.spare = &samples[2 * capacity], &samples[3 * capacity]
    with nogil:
        for i in range(first, last):
            if i + 1 < last:
                fetch_text(data, begin[left[i + 1]], end[left[i + 1]])
                fetch_text(data, begin[right[i + 1]], end[right[i + 1]])
            a, b = left[i], right[i]
            if end[a] - begin[a] < limit and end[b] - begin[b] < limit:
                if a != previous:
                    take_apart(&text, &data[0] + begin[a], end[a] - begin[a], size)
                previous = a
                out[i] = share_hashed(&text, &data[0] + begin[b], end[b] - begin[b], size, &extra)
                continue
            if a != sampled:
                sort_keys(&one, &data[0] + begin[a], end[a] - begin[a], size, limit, capacity)
            sampled = a
            sort_keys(&two, &data[0] + begin[b], end[b] - begin[b], size, limit, capacity)
            out[i] = share_sorted(&one, &two, limit)


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
    cdef int64_t i, a, b, previous = -1, longest = 0
    cdef Text one
    for i in range(first, last):
        longest = max(longest, end[core[i]] - begin[core[i]])
    if longest >= 1 << 30:
        raise ValueError(f"a core of {longest} bytes is too long")
    memory = new_text(&one, longest)
    with nogil:
        for i in range(first, last):
            a, b = core[i], text[i]
            if a != previous:
                take_apart(&one, &data[0] + begin[a], end[a] - begin[a], size)
            previous = a
            out[i] = <double>count_common(&one, &data[0] + begin[b], end[b] - begin[b], size, NULL)
            out[i] /= <double>max(one.keys.count, 1)


cdef inline void fetch_text(const uint8_t[::1] data, int64_t begin, int64_t end) noexcept nogil:
    """Have the beginning of a text, which lies anywhere, brought to the cache before its turn comes."""
    cdef int64_t p
    for p in range(begin, min(end, begin + 1024), 64):
        PREFETCH(&data[p])


cdef uint64_t mask_for(int64_t length) noexcept nogil:
    cdef uint64_t mask = 63
    while mask < <uint64_t>(4 * length):
        mask = 2 * mask + 1
    return mask


cdef object new_keys(Keys* keys, int64_t length):
    """Make room for the keys of texts up to this length; return what holds the memory."""
    cdef uint32_t[::1] table = np.empty(mask_for(length) + 1, dtype=np.uint32)
    cdef uint64_t[::1] found = np.empty(length + 1, dtype=np.uint64)
    keys.table, keys.keys = &table[0], &found[0]
    return table, found


cdef object new_text(Text* text, int64_t length):
    cdef uint32_t[:, ::1] places = np.empty((3, length + 1), dtype=np.uint32)
    text.number, text.place, text.seen = &places[0, 0], &places[1, 0], &places[2, 0]
    return places, new_keys(&text.keys, length)


cdef void clear(Keys* keys, int64_t length) noexcept nogil:
    keys.count = 0
    keys.mask = mask_for(length)
    memset(keys.table, 0, (keys.mask + 1) * sizeof(uint32_t))


cdef inline int64_t find(const Keys* keys, uint64_t key) noexcept nogil:
    """Return the number of a key, -1 where there is none."""
    cdef uint64_t at = key & keys.mask
    while keys.table[at] != 0:
        if keys.keys[keys.table[at] - 1] == key:
            return keys.table[at] - 1
        at = (at + 1) & keys.mask
    return -1


cdef inline int64_t enter(Keys* keys, uint64_t key) noexcept nogil:
    """Return the number of a key, the next one if it is new: mostly without a branch, as it cannot be predicted."""
    cdef uint64_t at = key & keys.mask
    cdef int64_t number
    keys.keys[keys.count] = key
    number = keys.table[at] - 1 if keys.table[at] else keys.count
    while keys.keys[number] != key:
        at = (at + 1) & keys.mask
        number = keys.table[at] - 1 if keys.table[at] else keys.count
    keys.table[at] = <uint32_t>(number + 1)
    keys.count += number == keys.count
    return number


cdef void take_apart(Text* text, const uint8_t* bytes, int64_t length, int size) noexcept nogil:
    cdef int64_t p, number
    cdef uint64_t packed = 0, window = ~(<uint64_t>0) >> (64 - 8 * size)
    cdef Keys keys
    clear(&text.keys, length)
    keys = text.keys
    text.bytes, text.length, text.pair = bytes, length, 0
    for p in range(length):
        packed = (packed << 8 | bytes[p]) & window
        if p < size - 1:
            continue
        text.place[keys.count] = <uint32_t>(p - size + 1)
        number = enter(&keys, key_of(packed))
        text.number[p - size + 1] = <uint32_t>number
    text.keys.count = keys.count
    memset(text.seen, 0, keys.count * sizeof(uint32_t))


cdef int64_t count_common(Text* one, const uint8_t* text, int64_t length, int size, Keys* extra) noexcept nogil:
    """Count the distinct shingles that both texts have; put those that `one` lacks into `extra`, if there is one.

    Where two texts have a shingle in common, the next one mostly is too: a byte tells, without a look in the table.
    """
    cdef int64_t p, number, follow = -1, common = 0
    cdef uint64_t key, packed = 0, window = ~(<uint64_t>0) >> (64 - 8 * size)
    one.pair += 1
    for p in range(length):
        packed = (packed << 8 | text[p]) & window
        if p < size - 1:
            continue
        if 0 <= follow <= one.length - size and one.bytes[follow + size - 1] == text[p]:
            number = one.number[follow]
        else:
            key = key_of(packed)
            number = find(&one.keys, key)
            if number < 0:
                follow = -1
                if extra != NULL:
                    enter(extra, key)
                continue
            follow = one.place[number]
        follow += 1
        common += one.seen[number] != one.pair
        one.seen[number] = one.pair
    return common


cdef double share_hashed(Text* one, const uint8_t* text, int64_t length, int size, Keys* extra) noexcept nogil:
    cdef int64_t common
    clear(extra, length)
    common = count_common(one, text, length, size, extra)
    return <double>common / <double>max(one.keys.count + extra.count, 1)


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
