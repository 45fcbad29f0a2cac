# Hashing and counting letters; comparing pairs of texts by them.

def add_letters(
    const uint8_t[::1] data,
    const int64_t[::1] begin,
    const int64_t[::1] end,
    int64_t first,
    int64_t last,
    uint64_t[::1] out,
):
    """Hash of the small ASCII letters and digits of each text, in any order: a sum of random numbers."""
    check_items(begin.shape[0], first, last)
    check_texts(data.shape[0], begin, end)
    if out.shape[0] < last:
        raise ValueError("no room for the result")
    cdef int64_t i, p
    cdef uint64_t even, odd
    with nogil:
        for i in range(first, last):
            even = odd = 0
            p = begin[i]
            while p + 1 < end[i]:
                even += SPELT[data[p]]
                odd += SPELT[data[p + 1]]
                p += 2
            if p < end[i]:
                even += SPELT[data[p]]
            out[i] = even + odd


def spell(
    const uint8_t[::1] data,
    const int64_t[::1] begin,
    const int64_t[::1] end,
    int64_t first,
    int64_t last,
    uint64_t[::1] out,
):
    """Hash of the small ASCII letters and digits of each text, in order: a polynomial in them, without a branch."""
    check_items(begin.shape[0], first, last)
    check_texts(data.shape[0], begin, end)
    if out.shape[0] < last:
        raise ValueError("no room for the result")
    cdef int64_t i, p
    cdef uint64_t key
    with nogil:
        for i in range(first, last):
            key = 1
            for p in range(begin[i], end[i]):
                key = key * FACTOR[data[p]] + SPELT[data[p]]
            out[i] = mix(key)


def count_chars(const uint8_t[::1] data, const int64_t[::1] begin, const int64_t[::1] end):
    """Count the characters of each text."""
    check_texts(data.shape[0], begin, end)
    found = np.empty(begin.shape[0], dtype=np.int64)
    cdef int64_t[::1] out = found
    cdef int64_t i
    with nogil:
        for i in range(begin.shape[0]):
            out[i] = chars_of(&data[0] + begin[i], end[i] - begin[i])
    return found


cdef inline int64_t chars_of(const uint8_t* text, int64_t length) noexcept nogil:
    """Count the characters of a text in UTF-8: the bytes that do not continue one."""
    cdef int64_t p, count = 0
    for p in range(length):
        count += (text[p] & 0xC0) != 0x80
    return count


def bag_letters(
    const uint8_t[::1] data,
    const int64_t[::1] begin,
    const int64_t[::1] end,
    int64_t first,
    int64_t last,
    uint8_t[:, ::1] out,
):
    """Count the characters of each text by their last five bits, beyond ASCII those of the first byte; 255 for more."""
    check_items(begin.shape[0], first, last)
    check_texts(data.shape[0], begin, end)
    if out.shape[0] < last or out.shape[1] != LETTERS:
        raise ValueError(f"a bag counts {LETTERS} letters")
    cdef int64_t i, p
    cdef uint8_t* count
    with nogil:
        for i in range(first, last):
            memset(&out[i, 0], 0, LETTERS)
            for p in range(begin[i], end[i]):
                count = &out[i, 0] + (data[p] & (LETTERS - 1))
                count[0] += ((data[p] & 0xC0) != 0x80) & (count[0] < 255)


def common_letters(
    const uint8_t[::1] data,
    const int64_t[::1] begin,
    const int64_t[::1] end,
    const int64_t[::1] left,
    const int64_t[::1] right,
    const double[::1] least,
    int64_t first,
    int64_t last,
    double[::1] out,
):
    """Share of characters in common order, 2 LCS / (m + n), of pairs of which one text has fewer than 64 bytes.

    0 where the lengths alone tell that it is below `least`.
    H. Hyyrö, "Bit-parallel LCS-length computation revisited", AWOCA 2004.
    """
    check_named(data.shape[0], begin, end, left, right, first, last)
    if out.shape[0] < last or least.shape[0] < last:
        raise ValueError("no room for the result, or a pair without a least share")
    cdef int64_t i, a, b, length, previous = -1
    cdef Pattern pattern
    for i in range(first, last):
        if min(end[left[i]] - begin[left[i]], end[right[i]] - begin[right[i]]) >= 64:
            raise ValueError(f"neither text of pair {i} is short")
    with nogil:
        for i in range(first, last):
            if i + FAR < last:
                PREFETCH(&begin[right[i + FAR]])
            if i + AHEAD < last:
                fetch_text(data, begin[right[i + AHEAD]], end[right[i + AHEAD]])
            a, b = left[i], right[i]
            if end[a] - begin[a] >= 64:
                a, b = b, a
            if a != previous:
                read_pattern(&pattern, &data[0] + begin[a], end[a] - begin[a])
            previous = a
            length = chars_of(&data[0] + begin[b], end[b] - begin[b])
            out[i] = 0
            if share_of(pattern.count, length, min(pattern.count, length)) >= least[i]:
                out[i] = share_of_letters(&pattern, &data[0] + begin[b], end[b] - begin[b])


cdef inline uint32_t next_char(const uint8_t** at, const uint8_t* stop) noexcept nogil:
    """Read one UTF-8 character; whatever is not one is read byte by byte."""
    cdef uint32_t char = at[0][0]
    cdef int more = (char >= 0xC0) + (char >= 0xE0) + (char >= 0xF0)
    at[0] += 1
    while more > 0 and at[0] < stop and at[0][0] >> 6 == 2:
        char = char << 8 | at[0][0]
        at[0] += 1
        more -= 1
    return char


cdef struct Pattern:
    # The characters of a text of fewer than 64 bytes, and for each of ASCII where it is, as bits.
    uint32_t[64] chars
    uint64_t[128] ascii_at
    int count


cdef void read_pattern(Pattern* pattern, const uint8_t* text, int64_t length) noexcept nogil:
    cdef const uint8_t* stop = text + length
    cdef uint32_t char
    pattern.count = 0
    memset(pattern.ascii_at, 0, sizeof(pattern.ascii_at))
    while text < stop:
        char = next_char(&text, stop)
        if char < 128:
            pattern.ascii_at[char] |= <uint64_t>1 << pattern.count
        pattern.chars[pattern.count] = char
        pattern.count += 1


cdef double share_of_letters(const Pattern* pattern, const uint8_t* text, int64_t length) noexcept nogil:
    cdef uint64_t state = ~(<uint64_t>0), at, matched
    cdef const uint8_t* stop = text + length
    cdef uint32_t char
    cdef int m = pattern.count, k, common
    cdef int64_t n = 0
    while text < stop:
        n += 1
        at = 0
        if text[0] < 128:
            at = pattern.ascii_at[text[0]]
            text += 1
        else:
            char = next_char(&text, stop)
            for k in range(m):
                at |= <uint64_t>(pattern.chars[k] == char) << k
        matched = state & at
        state = (state + matched) | (state - matched)
    common = 0
    for k in range(m):
        common += not (state >> k) & 1
    return share_of(m, n, common)


cdef inline double share_of(int64_t m, int64_t n, int64_t common) noexcept nogil:
    # The order of these operations is rapidfuzz's, so that both engines give the same double.
    return (1.0 - <double>(m + n - 2 * common) / <double>max(m + n, 1)) * 100 / 100
