# Normalising: one pass over the bytes.

cdef enum Kind:
    # What becomes of a character: as in `alphabet.py`, where 1 to 4 are bytes that take its place.
    FOREIGN = 0
    LETTER = 1
    SPACE = 5
    DROPPED = 6


cdef enum:
    TIDY = 32  # bytes of a block, most of which need no more than lower case
    WORTH = 8  # bytes from which on a block was worth looking at


cdef uint64_t SEVEN_BITS = 0x7F7F7F7F7F7F7F7Fu
cdef uint64_t TOP_BITS = 0x8080808080808080u
cdef bint LITTLE_ENDIAN = sys.byteorder == "little"
cdef uint8_t[128] KIND
cdef uint8_t[128] LOWER
cdef uint64_t[256] FACTOR
cdef uint64_t[256] SPELT


cdef void fill_tables() noexcept:
    cdef int byte
    for byte in range(128):
        KIND[byte] = DROPPED if byte < 32 or byte == 127 else LETTER
        LOWER[byte] = byte + 32 if 65 <= byte <= 90 else byte
    for byte in range(256):
        SPELT[byte] = mix(byte) if 48 <= byte <= 57 or 97 <= byte <= 122 else 0
        FACTOR[byte] = 0x9E3779B97F4A7C15u if SPELT[byte] else 1
    for byte in (9, 10, 11, 12, 13, 32):
        KIND[byte] = SPACE
        LOWER[byte] = 32


fill_tables()


cdef struct Views:
    # Arrow's view layout: 16 bytes a text, its length and all of it, or its length, four bytes, buffer and offset.
    const uint8_t* views
    const uint8_t** buffers
    const int64_t* sizes
    int64_t count


def normalise(
    const uint8_t[:, ::1] views,
    list buffers,
    const int64_t[::1] offsets,
    int64_t first,
    int64_t last,
    const uint8_t[::1] kinds,
    const uint32_t[::1] forms,
    uint8_t[::1] out,
    int64_t[::1] begin,
    int64_t[::1] end,
    uint8_t[::1] foreign,
):
    """Normalise texts, one after the other from out[offsets[first]] on; text i has offsets[i + 1] - offsets[i] bytes.

    The texts lie anywhere in the buffers that `views`, of 16 bytes each, point to. In `out` a text lies from
    begin[i] to end[i]. One with a character that the alphabet (`kinds` and `forms`) does not know is marked as
    foreign and left empty.
    """
    check_items(offsets.shape[0] - 1, first, last)
    check_texts(out.shape[0], offsets[: offsets.shape[0] - 1], offsets[1:])
    if views.shape[0] < last or views.shape[1] != 16:
        raise ValueError(f"fewer than {last} views")
    if min(begin.shape[0], end.shape[0], foreign.shape[0]) < last:
        raise ValueError("no room for the result")
    if kinds.shape[0] != forms.shape[0]:
        raise ValueError(f"{kinds.shape[0]} kinds of character, but {forms.shape[0]} forms")
    cdef int64_t i, to, size, wrong = -1
    cdef Alphabet alphabet
    cdef Views texts
    cdef const uint8_t* text
    cdef const uint8_t[::1] buffer
    cdef uint64_t[::1] places = np.zeros(len(buffers) + 1, dtype=np.uint64)
    cdef int64_t[::1] sizes = np.zeros(len(buffers) + 1, dtype=np.int64)
    for i in range(len(buffers)):
        buffer = buffers[i]
        sizes[i] = buffer.shape[0]
        places[i] = <uint64_t>&buffer[0]
    texts.views, texts.count = &views[0, 0], len(buffers)
    texts.buffers, texts.sizes = <const uint8_t**>&places[0], &sizes[0]
    with nogil:
        alphabet.kinds, alphabet.forms, alphabet.count = &kinds[0], &forms[0], kinds.shape[0]
        to = offsets[first] if last > first else 0
        for i in range(first, last):
            text = text_of(&texts, i, offsets[i + 1] - offsets[i])
            if text == NULL:
                wrong = i
                break
            size = normal_form(text, offsets[i + 1] - offsets[i], &alphabet, &out[0] + to)
            foreign[i] = size < 0
            begin[i] = to
            to += max(size, 0)
            end[i] = to
    if wrong >= 0:
        raise ValueError(f"text {wrong} is not where its view says, or not as long")


def pack(const uint8_t[::1] data, const int64_t[::1] begin, const int64_t[::1] end, uint8_t[::1] out):
    """Write texts one after the other."""
    check_texts(data.shape[0], begin, end)
    cdef int64_t i, size, to = 0
    with nogil:
        for i in range(begin.shape[0]):
            to += end[i] - begin[i]
    if out.shape[0] < to:
        raise ValueError(f"no room for {to} bytes")
    to = 0
    with nogil:
        for i in range(begin.shape[0]):
            size = end[i] - begin[i]
            if size > 0:
                memcpy(&out[0] + to, &data[0] + begin[i], size)
            to += size


cdef inline const uint8_t* text_of(const Views* texts, int64_t i, int64_t length) noexcept nogil:
    """Return the bytes of a text; NULL where it has another length, or its view points nowhere."""
    cdef uint32_t[4] view
    memcpy(view, texts.views + 16 * i, 16)
    if view[0] != length:
        return NULL
    if length <= 12:
        return texts.views + 16 * i + 4
    if view[2] >= texts.count or view[3] + length > texts.sizes[view[2]]:
        return NULL
    return texts.buffers[view[2]] + view[3]


cdef struct Alphabet:
    const uint8_t* kinds
    const uint32_t* forms
    int64_t count


cdef int64_t normal_form(const uint8_t* text, int64_t length, const Alphabet* alphabet, uint8_t* out) noexcept nogil:
    """Write the normal form of a text and return its length; -1 where a character is not known."""
    cdef int64_t p = 0, to = 0, size, narrow = 0
    cdef uint8_t kind, before = SPACE
    while p < length:
        if LITTLE_ENDIAN and p >= narrow and p + TIDY < length and (before != SPACE or text[p] != 32):
            size = lower_block(text + p, out + to)
            p += size
            to += size
            if size > 0:
                before = SPACE if text[p - 1] == 32 else LETTER
            if size == TIDY:
                continue
            if size < WORTH:
                narrow = p + TIDY
        if LITTLE_ENDIAN and p + 8 <= length:
            size = tidy_form(text + p, out + to, &before)
            p += size
            to += size
            if size == 8:
                continue
        if text[p] < 128:
            kind = KIND[text[p]]
            out[to] = LOWER[text[p]]
            to += (kind == LETTER) | ((kind == SPACE) & (before != SPACE))
            p += 1
            # Indented code has many.
            while kind == SPACE and p < length and text[p] == 32:
                p += 1
        else:
            size = foreign_form(text + p, length - p, alphabet, out + to, &kind)
            if size == 0:
                return -1
            p += size
            if kind == SPACE:
                out[to] = 32
                to += before != SPACE
            elif kind != DROPPED:
                to += kind
                kind = LETTER
        before = before if kind == DROPPED else kind
    return to - (to > 0 and before == SPACE)


cdef inline int64_t lower_block(const uint8_t* text, uint8_t* out) noexcept nogil:
    """Write a block in lower case; return how many bytes come before more has to change. Reads one byte more."""
    cdef int i, k
    cdef uint8_t byte
    cdef uint8_t[TIDY] odd
    cdef uint64_t[4] words
    for i in range(TIDY):
        byte = text[i]
        odd[i] = (<uint8_t>(byte - 32) > 94) | ((byte == 32) & (text[i + 1] == 32))
        out[i] = byte + ((<uint8_t>(byte - 65) < 26) << 5)
    memcpy(words, odd, sizeof(words))
    for k in range(4):
        if words[k]:
            i = 8 * k + (LOWEST(words[k]) >> 3)
            return i + (text[i] == 32)  # of several spaces the first one stays
    return TIDY


cdef inline int64_t tidy_form(const uint8_t* text, uint8_t* out, uint8_t* before) noexcept nogil:
    """Write eight bytes in lower case; return how many of them come before the first in which more has to change.

    All bytes of a word at once, as in S. E. Anderson, "Bit twiddling hacks"; each step leaves its answer in
    the top bits of the bytes.
    """
    cdef uint64_t word, low, space, odd, upper
    cdef int64_t size = 8
    memcpy(&word, text, 8)
    low = word & SEVEN_BITS
    space = ~(((word ^ 0x2020202020202020u) & SEVEN_BITS) + SEVEN_BITS | word) & TOP_BITS
    # Foreign bytes, bytes below 32, 127, a space after a space.
    odd = word | ~(low + 0x6060606060606060u) | low + 0x0101010101010101u | space & space << 8
    odd = odd & TOP_BITS | space & 0x80 & -<uint64_t>(before[0] == SPACE)
    upper = (low + 0x3F3F3F3F3F3F3F3Fu) & ~(low + 0x2525252525252525u) & TOP_BITS
    word |= upper >> 2
    memcpy(out, &word, 8)
    if odd:
        size = LOWEST(odd) >> 3
    if size > 0:
        before[0] = SPACE if space >> (8 * size - 1) & 1 else LETTER
    return size


cdef inline int64_t decode(const uint8_t* text, int64_t length, int64_t* point) noexcept nogil:
    """Read a character beyond ASCII and return the bytes it has, 0 where there is none."""
    cdef int64_t size = 2 + (text[0] >= 0xE0) + (text[0] >= 0xF0), i
    if text[0] < 0xC0 or size > length:
        return 0
    point[0] = text[0] & (0xFF >> (size + 1))
    for i in range(1, size):
        point[0] = point[0] << 6 | (text[i] & 0x3F)
    return size


cdef int64_t foreign_form(
    const uint8_t* text, int64_t length, const Alphabet* alphabet, uint8_t* out, uint8_t* kind
) noexcept nogil:
    """Write what takes the place of one character; return the bytes it had, 0 where it is not known."""
    cdef int64_t point = 0, size = decode(text, length, &point), i
    if size == 0 or point >= alphabet.count:
        return 0
    kind[0] = alphabet.kinds[point]
    # Nothing may become longer, whatever the alphabet says.
    if kind[0] == FOREIGN or kind[0] > DROPPED or (kind[0] < SPACE and kind[0] > size):
        return 0
    for i in range(kind[0] if kind[0] < SPACE else 0):
        out[i] = <uint8_t>(alphabet.forms[point] >> (8 * i))
    return size


def code_points(
    const uint8_t[::1] data, const int64_t[::1] begin, const int64_t[::1] end, uint8_t[::1] seen
):
    """Mark the code points of all characters beyond ASCII, as far as `seen` goes."""
    check_texts(data.shape[0], begin, end)
    cdef int64_t i, p, size, point
    with nogil:
        for i in range(begin.shape[0]):
            p = begin[i]
            while p < end[i]:
                size = decode(&data[0] + p, end[i] - p, &point) if data[p] >= 128 else 1
                if size > 1 and point < seen.shape[0]:
                    seen[point] = 1
                p += max(size, 1)
