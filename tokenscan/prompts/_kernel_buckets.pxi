# What `Links` is made of: buckets of texts with an equal band, lists of texts and pairs.

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define PREFETCH(address) __builtin_prefetch(address)
    #else
    #define PREFETCH(address) ((void)(address))
    #endif
    """
    void PREFETCH(const void*) noexcept nogil

cdef enum:
    AHEAD = 4  # texts between asking for memory and using it


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


cdef inline void append(Ranks* ranks, int64_t text) noexcept nogil:
    ranks.items[ranks.count] = <int32_t>text
    ranks.count += 1


cdef void group_band(
    const int32_t* keys, const uint8_t[::1] filled, int32_t[::1] bucket, int32_t* table, uint64_t mask
) noexcept nogil:
    """Give each text the first text with the same key, through a hash table of first texts."""
    cdef int64_t i
    cdef uint64_t at
    for i in range(bucket.shape[0]):
        bucket[i] = -1
        if not filled[i]:
            continue
        at = keys[i] & mask
        while table[at] >= 0 and keys[table[at]] != keys[i]:
            at = (at + 1) & mask
        if table[at] < 0:
            table[at] = <int32_t>i
        bucket[i] = table[at]


cdef int64_t number_groups(int32_t[::1] bucket) noexcept nogil:
    """Replace first texts by numbers of buckets, in place; texts that are their own only company get -1."""
    cdef int64_t i
    cdef int32_t first, count = 0
    # A first text comes before its followers: while it points to itself it has none yet. Numbers are kept
    # as negative values, -2 - number, until all texts have been seen.
    for i in range(bucket.shape[0]):
        first = bucket[i]
        if first < 0 or first == i:
            continue
        if bucket[first] == first:
            bucket[first] = -2 - count
            count += 1
        bucket[i] = bucket[first]
    for i in range(bucket.shape[0]):
        bucket[i] = -1 if bucket[i] >= -1 else -2 - bucket[i]
    return count
