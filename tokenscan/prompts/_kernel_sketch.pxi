# Sketching: one pass over the bytes, whatever the number of slots.

cdef enum:
    BLOCK = 128  # shingles hashed at a time
    ROWS = 4  # neighbours go to different rows, so that none waits for the one before


cdef uint32_t MARK = 0x85EBCA6Bu


def sketch(
    const uint8_t[::1] data,
    const int64_t[::1] begin,
    const int64_t[::1] end,
    int size,
    const int64_t[:, ::1] probes,
    int64_t first,
    int64_t last,
    uint16_t[:, ::1] out,
):
    """Write the signature of each text to its row of `out`; a text without shingles gets all bits set."""
    check_items(begin.shape[0], first, last)
    check_texts(data.shape[0], begin, end)
    check_size(size)
    if out.shape[0] < last or out.shape[1] != SLOTS or probes.shape[0] < SLOTS or probes.shape[1] != SLOTS:
        raise ValueError(f"signatures and probes have {SLOTS} slots")
    cdef int64_t i
    cdef int slot, turn
    cdef uint8_t[SLOTS][SLOTS] order
    with nogil:
        for turn in range(SLOTS):
            for slot in range(SLOTS):
                order[turn][slot] = <uint8_t>(probes[turn, slot] & (SLOTS - 1))
        for i in range(first, last):
            sketch_text(&data[0] + begin[i], end[i] - begin[i], size, &order[0][0], &out[i, 0])


cdef wide sketch_text(
    const uint8_t* text, int64_t length, int size, const uint8_t* order, uint16_t* out
) noexcept nogil:
    cdef uint32_t[ROWS][SLOTS] rows
    cdef uint64_t[BLOCK] keys
    cdef int64_t left = length - size + 1
    cdef int slot, count, i
    memset(rows, 255, sizeof(rows))
    while left > 0:
        count = <int>min(left, BLOCK)
        hash_shingles(text, left, size, count, keys)
        for i in range(count, BLOCK):
            keys[i] = VACANT  # which changes nothing
        for i in range(0, (count + 3) & ~3, 4):
            keep(rows[0], keys[i])
            keep(rows[1], keys[i + 1])
            keep(rows[2], keys[i + 2])
            keep(rows[3], keys[i + 3])
        text += count
        left -= count
    for i in range(1, ROWS):
        for slot in range(SLOTS):
            rows[0][slot] = min(rows[0][slot], rows[i][slot])
    densify(rows[0], order, out)


cdef inline void keep(uint32_t* row, uint64_t key) noexcept nogil:
    """Keep the smallest value of a slot, stored either way: whether it is smaller cannot be predicted."""
    cdef uint32_t* least = row + (key & (SLOTS - 1))
    cdef uint32_t value = <uint32_t>(key >> 8)
    least[0] = value if value < least[0] else least[0]


cdef wide hash_block(const uint8_t* text, int64_t left, int size, int count, uint64_t* keys) noexcept nogil:
    cdef int i
    pack_shingles(text, left, size, count, keys)
    for i in range(count):
        keys[i] = key_of(keys[i])


cdef inline void hash_shingles(const uint8_t* text, int64_t left, int size, int count, uint64_t* keys) noexcept nogil:
    """Write the keys of the first shingles of `left`."""
    # Of known sizes the loop over the bytes is unrolled, and that over the shingles works on many at once.
    if size == 5:
        hash_sized(text, 5, count, keys)
    elif size == 4:
        hash_sized(text, 4, count, keys)
    else:
        hash_sized(text, size, count, keys)


cdef inline void hash_sized(const uint8_t* text, int size, int count, uint64_t* keys) noexcept nogil:
    cdef int i, j
    cdef uint64_t packed
    for i in range(count):
        packed = 0
        for j in range(size):
            packed = packed << 8 | text[i + j]
        keys[i] = key_of(packed)


cdef inline void pack_shingles(const uint8_t* text, int64_t left, int size, int count, uint64_t* keys) noexcept nogil:
    """Write the first shingles of `left` as numbers."""
    cdef int64_t i, j, whole = 0
    cdef uint64_t packed
    if LITTLE_ENDIAN:
        # Eight bytes at once, where the text has them.
        whole = max(min(left + size - 8, count), 0)
        for i in range(whole):
            memcpy(&packed, text + i, 8)
            keys[i] = SWAPPED(packed) >> (64 - 8 * size)
    for i in range(whole, count):
        packed = 0
        for j in range(size):
            packed = packed << 8 | text[i + j]
        keys[i] = packed


cdef inline void densify(const uint32_t* row, const uint8_t* order, uint16_t* out) noexcept nogil:
    """Let empty slots borrow from the first filled one in their order; do nothing where all are empty."""
    cdef uint8_t[SLOTS] filled
    cdef uint8_t[SLOTS] empty
    cdef int slot, turn = 0, k, left, count = 0
    cdef uint8_t probe
    for slot in range(SLOTS):
        out[slot] = <uint16_t>row[slot]
        filled[slot] = row[slot] != EMPTY
        count += filled[slot]
    if count == 0 or count == SLOTS:
        return
    count = 0
    for slot in range(SLOTS):
        empty[count] = slot
        count += 1 - filled[slot]
    # All slots take a turn together, and write down what they find in any case: whether it is filled cannot be predicted.
    while count > 0 and turn < SLOTS:
        left, turn = count, turn + 1
        count = 0
        for k in range(left):
            slot = empty[k]
            probe = order[slot]
            out[slot] = <uint16_t>(row[probe] * 0x9E3779B1u + <uint32_t>turn * MARK)
            empty[count] = slot
            count += 1 - filled[probe]
        order += SLOTS
