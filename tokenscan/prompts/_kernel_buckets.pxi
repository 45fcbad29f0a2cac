# What `Links` is made of: buckets of texts with an equal band, lists of texts and pairs.


cdef struct Bucket:
    int64_t start
    int32_t head
    int32_t length
    int32_t first  # the first text left; -1: closed
    int32_t tried


cdef struct Pairs:
    int32_t* items
    int64_t count
    int64_t room


cdef struct Ranks:
    int32_t* items
    int64_t count


cdef int grow(Pairs* pairs) noexcept nogil:
    """Make room for twice as many pairs; -1, and a count of -1, where there is no memory."""
    cdef int64_t room = max(1024, 2 * pairs.room)
    cdef int32_t* items = <int32_t*>realloc(pairs.items, 2 * room * sizeof(int32_t))
    if items == NULL:
        pairs.count = -1
        return -1
    pairs.items, pairs.room = items, room
    return 0


cdef wide keep_near(
    const uint16_t* signatures, const int64_t* order, double least, Pairs* found, int64_t start
) noexcept nogil:
    """Of the pairs from `start` on, all with one left text, keep those with enough slots in common."""
    cdef int64_t i, kept = start
    cdef int32_t* items = found.items
    cdef const uint16_t* one = signatures + SLOTS * order[items[2 * start]]
    cdef const uint16_t* two
    cdef uint16_t equal
    cdef int slot
    for i in range(start, found.count):
        if i + AHEAD < found.count:
            for slot in range(0, SLOTS, 32):
                PREFETCH(signatures + SLOTS * order[items[2 * (i + AHEAD) + 1]] + slot)
        two = signatures + SLOTS * order[items[2 * i + 1]]
        equal = 0
        for slot in range(SLOTS):
            equal += one[slot] == two[slot]
        items[2 * kept], items[2 * kept + 1] = items[2 * i], items[2 * i + 1]
        kept += equal >= least
    found.count = kept


cdef void keep_alike(const uint8_t* bags, const int64_t* order, double least, Pairs* found, int64_t start) noexcept nogil:
    """Of the pairs from `start` on, all with one left text, keep those with enough letters in common."""
    cdef int64_t i, kept = start
    cdef int32_t* items = found.items
    cdef const uint8_t* one = bags + LETTERS * order[items[2 * start]]
    cdef const uint8_t* two
    cdef uint16_t letters, common
    cdef int k
    for i in range(start, found.count):
        PREFETCH(bags + LETTERS * order[items[2 * min(i + FAR, found.count - 1) + 1]])
        two = bags + LETTERS * order[items[2 * i + 1]]
        letters = common = 0
        for k in range(LETTERS):
            letters += one[k] + two[k]
            common += min(one[k], two[k])
        items[2 * kept], items[2 * kept + 1] = items[2 * i], items[2 * i + 1]
        kept += 2.0 * common >= least * letters
    found.count = kept


cdef inline void append(Ranks* ranks, int64_t text) noexcept nogil:
    ranks.items[ranks.count] = <int32_t>text
    ranks.count += 1


cdef int32_t group_band(
    int32_t[::1] band, const uint8_t[::1] filled, uint64_t* table, uint64_t mask, int32_t* sizes, uint64_t* prints
) noexcept nogil:
    """Replace the keys of a band by numbers of buckets, -1 for texts without company; return how many there are.

    The print of a bucket is the sum of random numbers that stand for its texts. An entry of the table is a key
    and twice the one text seen with it so far, or twice the number of the bucket, and one.
    """
    cdef int64_t i, n = band.shape[0]
    cdef uint64_t at, key
    cdef int32_t count = 0, text, bucket
    for i in range(n):
        if i + FAR < n:
            PREFETCH(&table[<uint32_t>band[i + FAR] & mask])
        key = <uint32_t>band[i]
        band[i] = -1
        if not filled[i]:
            continue
        at = key & mask
        while table[at] != VACANT and table[at] >> 32 != key:
            at = (at + 1) & mask
        if table[at] == VACANT:
            table[at] = key << 32 | <uint64_t>(2 * i)
            continue
        if not table[at] & 1:
            text = <int32_t>((table[at] & 0xFFFFFFFFu) >> 1)
            band[text], sizes[count], prints[count] = count, 1, mix(text + 1)
            table[at] = key << 32 | <uint64_t>(2 * <int64_t>count + 1)
            count += 1
        bucket = <int32_t>((table[at] & 0xFFFFFFFFu) >> 1)
        band[i] = bucket
        sizes[bucket] += 1
        prints[bucket] += mix(i + 1)
    return count


cdef int64_t unite_buckets(
    int32_t[:, ::1] company, const uint64_t[::1] prints, int32_t* table, uint64_t mask
) noexcept nogil:
    """Write a number beside the size of each bucket, -1 where one before has the same texts; return how many there are.

    Size and number of bucket k are company[k + 1]. An entry of the table is the first bucket with its print, -1 for
    none.
    """
    cdef int64_t k, count = prints.shape[0]
    cdef int32_t numbers = 0
    cdef uint64_t at
    company[0, 1] = -1
    for k in range(count):
        if k + FAR < count:
            PREFETCH(&table[prints[k + FAR] & mask])
        at = prints[k] & mask
        while table[at] >= 0 and prints[table[at]] != prints[k]:
            at = (at + 1) & mask
        company[k + 1, 1] = -1
        if table[at] < 0:
            table[at] = <int32_t>k
            company[k + 1, 1] = numbers
            numbers += 1
    return numbers
