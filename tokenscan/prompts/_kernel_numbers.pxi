# Numbering keys: which of them are the same, in one pass.

cdef enum:
    ROOM = 1 << 12  # keys for which there is room from the first


cdef class Numbers:
    """Distinct keys, numbered in the order in which they come. `numbering.py` does the same with numpy."""

    cdef int32_t[::1] table  # a number and one, 0 where there is none
    cdef uint64_t[::1] room
    cdef int64_t count

    def __cinit__(self):
        self.table, self.room = np.zeros(2 * ROOM, dtype=np.int32), np.empty(ROOM, dtype=np.uint64)
        self.count = 0

    @property
    def keys(self):
        """All keys, by number."""
        return np.asarray(self.room)[: self.count]

    def add(self, const uint64_t[::1] keys not None):
        """Return the number of each key, and the places of those that come for the first time."""
        found, new = np.empty((2, keys.shape[0]), dtype=np.int64)
        cdef int64_t[::1] numbers = found, places = new
        cdef int64_t before = self.count
        self.grow(before + keys.shape[0])
        cdef uint64_t[::1] room = self.room
        cdef int32_t[::1] table = self.table
        with nogil:
            self.count = number_keys(keys, table, room, before, numbers, places)
        return found, new[: self.count - before]

    cdef int grow(self, int64_t least) except -1:
        """Make room for so many keys, at least twice as many as before."""
        cdef int64_t size = self.room.shape[0]
        if least <= size:
            return 0
        if least >= 1 << 30:
            raise ValueError("more than 2^30 distinct keys are not possible")
        while size < least:
            size *= 2
        room = np.empty(size, dtype=np.uint64)
        room[: self.count] = self.keys
        self.table, self.room = np.zeros(2 * size, dtype=np.int32), room
        cdef int64_t i
        cdef uint64_t at, mask = <uint64_t>self.table.shape[0] - 1
        with nogil:
            for i in range(self.count):
                at = self.room[i] & mask
                while self.table[at] != 0:
                    at = (at + 1) & mask
                self.table[at] = <int32_t>(i + 1)
        return 0


cdef int64_t number_keys(
    const uint64_t[::1] keys,
    int32_t[::1] table,
    uint64_t[::1] room,
    int64_t before,
    int64_t[::1] numbers,
    int64_t[::1] places,
) noexcept nogil:
    """Number keys, for all of which there is room; return how many are known then, which were `before`.

    The places of keys that come for the first time stand in `places`.
    """
    cdef int64_t i, last = keys.shape[0], count = before
    cdef uint64_t at, mask = <uint64_t>table.shape[0] - 1
    for i in range(last):
        if i + 2 * FAR < last:
            PREFETCH(&table[keys[i + 2 * FAR] & mask])
        if i + FAR < last:
            PREFETCH(&room[max(table[keys[i + FAR] & mask] - 1, 0)])
        at = keys[i] & mask
        while table[at] != 0 and room[table[at] - 1] != keys[i]:
            at = (at + 1) & mask
        if table[at] == 0:
            room[count] = keys[i]
            places[count - before] = i
            count += 1
            table[at] = <int32_t>count
        numbers[i] = table[at] - 1
    return count
