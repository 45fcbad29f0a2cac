# Comparing the shingle sets of pairs of texts, in hash tables; large ones are sorted.

cdef enum:
    FEW = 255  # mask of the table for keys that one text alone has: most pairs have most in common


cdef struct Keys:
    # Distinct keys, numbered as they come; an entry of the table is such a number and one, or 0.
    uint32_t* table
    uint64_t* keys
    uint64_t mask
    uint64_t most  # mask of the largest table there is room for
    int64_t count


cdef struct Text:
    # A text taken apart: which key is at each place, where each key was first, the places where one comes again, and
    # the places that another text has in common with it.
    Keys keys
    uint32_t* number
    uint32_t* place
    uint32_t* again
    uint8_t* common
    const uint8_t* bytes
    int64_t length
    int64_t n_again


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
    cdef bint large = False
    for i in range(first, last):
        large |= end[left[i]] - begin[left[i]] >= limit or end[right[i]] - begin[right[i]] >= limit
    cdef uint64_t[::1] samples = np.empty(4 * capacity if large else 4, dtype=np.uint64)
    capacity = capacity if large else 1
    one.keys, one.spare = &samples[0], &samples[capacity]
    two.keys, two.spare = &samples[2 * capacity], &samples[3 * capacity]
    with nogil:
        for i in range(first, last):
            PREFETCH(&begin[right[min(i + FAR, last - 1)]])
            PREFETCH(&end[right[min(i + FAR, last - 1)]])
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
    """Leave a table three quarters empty, one that stays in the cache more: each collision is a wrong guess."""
    cdef uint64_t mask = 63
    while mask < <uint64_t>(4 * length + min(4 * length, 8192)):
        mask = 2 * mask + 1
    return mask


cdef object new_keys(Keys* keys, int64_t length):
    """Make room for the keys of texts up to this length; return what holds the memory."""
    keys.most = mask_for(length)
    cdef uint32_t[::1] table = np.empty(keys.most + 1, dtype=np.uint32)
    cdef uint64_t[::1] found = np.empty(length + 1, dtype=np.uint64)
    keys.table, keys.keys = &table[0], &found[0]
    return table, found


cdef object new_text(Text* text, int64_t length):
    cdef uint32_t[:, ::1] places = np.empty((3, length + 1), dtype=np.uint32)
    cdef uint8_t[::1] common = np.empty(length + 1, dtype=np.uint8)
    text.number, text.place, text.again = &places[0, 0], &places[1, 0], &places[2, 0]
    text.common = &common[0]
    return places, common, new_keys(&text.keys, length)


cdef void clear(Keys* keys, uint64_t mask) noexcept nogil:
    keys.count = 0
    keys.mask = mask
    memset(keys.table, 0, (mask + 1) * sizeof(uint32_t))


cdef void widen(Keys* keys) noexcept nogil:
    """Make a table four times as large."""
    cdef int64_t i, count = keys.count
    clear(keys, 4 * keys.mask + 3)
    for i in range(count):
        enter(keys, keys.keys[i])


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
    cdef uint64_t[BLOCK] found
    cdef int64_t at = 0, left = length - size + 1
    cdef int count, i
    cdef Keys keys
    clear(&text.keys, mask_for(length))
    keys = text.keys
    text.bytes, text.length, text.n_again = bytes, length, 0
    while left > 0:
        count = <int>min(left, BLOCK)
        hash_block(bytes + at, left, size, count, found)
        for i in range(count):
            text.place[keys.count] = <uint32_t>at
            text.again[text.n_again] = <uint32_t>at
            text.n_again += 1 + keys.count
            text.number[at] = <uint32_t>enter(&keys, found[i])
            text.n_again -= keys.count
            at += 1
        left -= count
    text.keys.count = keys.count


cdef int64_t count_common(Text* one, const uint8_t* text, int64_t length, int size, Keys* extra) noexcept nogil:
    """Count the distinct shingles that both texts have; put those that `one` lacks into `extra`, if there is one.

    Where two texts have a shingle in common, the next ones mostly are too: bytes tell, without a look in the table.
    """
    cdef int64_t p = 0, i, at, run, number, common = 0, stop = length - size + 1
    cdef uint64_t key
    memset(one.common, 0, one.length)
    while p < stop:
        pack_shingles(text + p, stop - p, size, 1, &key)
        key = key_of(key)
        number = find(&one.keys, key)
        if number < 0:
            if extra != NULL:
                enter(extra, key)
                if 4 * <uint64_t>extra.count > extra.mask and 4 * extra.mask < extra.most:
                    widen(extra)
            p += 1
            continue
        at = one.place[number]
        run = 1 + alike(one.bytes + at + size, text + p + size, min(one.length - at, length - p) - size)
        memset(one.common + at, 1, run)
        p += run
    for i in range(one.n_again):
        at = one.again[i]
        one.common[one.place[one.number[at]]] |= one.common[at]
        one.common[at] = 0
    for i in range(one.length):
        common += one.common[i]
    return common


cdef inline int64_t alike(const uint8_t* one, const uint8_t* other, int64_t length) noexcept nogil:
    """Count the bytes that two texts have in common before they differ."""
    cdef int64_t p = 0
    cdef uint64_t word, word2
    while LITTLE_ENDIAN and p + 8 <= length:
        memcpy(&word, one + p, 8)
        memcpy(&word2, other + p, 8)
        if word != word2:
            return p + (LOWEST(word ^ word2) >> 3)
        p += 8
    while p < length and one[p] == other[p]:
        p += 1
    return p


cdef double share_hashed(Text* one, const uint8_t* text, int64_t length, int size, Keys* extra) noexcept nogil:
    cdef int64_t common
    clear(extra, min(FEW, extra.most))
    common = count_common(one, text, length, size, extra)
    return <double>common / <double>max(one.keys.count + extra.count, 1)
