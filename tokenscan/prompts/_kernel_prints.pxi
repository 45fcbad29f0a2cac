# Winnowing: the smallest hash in each window of byte n-grams.

cdef enum:
    PIECE = 8  # bytes of the shingles that a gram is made of, as in `grams.py`
    ROUND = 64  # keys and hashes remembered, a power of two; more than grams have bytes, and windows grams


def winnow(
    const uint8_t[::1] data,
    const int64_t[::1] begin,
    const int64_t[::1] end,
    const uint64_t[::1] factors,
    int window,
    int64_t first,
    int64_t last,
    int64_t[::1] counts,
    uint64_t[::1] out,
):
    """Write the fingerprints of the texts [first, last) to `out`, and to `counts` how many each has; return their number.

    `grams.winnowed` says what they are. There are fewer of them than bytes.
    """
    cdef int64_t i, room = 0, to = 0
    check_items(begin.shape[0], first, last)
    check_texts(data.shape[0], begin, end)
    if not (1 <= factors.shape[0] <= ROUND // PIECE and 1 <= window <= ROUND):
        raise ValueError(f"1 to {ROUND // PIECE} factors and a window of 1 to {ROUND}, not {factors.shape[0]} and {window}")
    for i in range(first, last):
        room += end[i] - begin[i]
    if counts.shape[0] < last or out.shape[0] < room:
        raise ValueError("no room for the result")
    with nogil:
        for i in range(first, last):
            counts[i] = winnow_text(
                &data[0] + begin[i], end[i] - begin[i], &factors[0], <int>factors.shape[0], window, &out[0] + to
            )
            to += counts[i]
    return to


cdef int64_t winnow_text(
    const uint8_t* text, int64_t length, const uint64_t* factors, int parts, int window, uint64_t* out
) noexcept nogil:
    """Write the smallest hash of each window where it is another than before; return how many there are."""
    cdef uint64_t[ROUND] keys
    cdef uint64_t[ROUND] hashes
    cdef int64_t p, gram, at = -1, count = 0
    cdef int k
    cdef uint64_t packed = 0, key, sums, low = 0
    for p in range(length):
        packed = packed << 8 | text[p]
        if p < PIECE - 1:
            continue
        key = key_of(packed)
        gram = p - (parts * PIECE - 1)
        if parts > 1:
            keys[p & (ROUND - 1)] = key
            if gram < 0:
                continue
            sums = 0
            for k in range(parts):
                sums += keys[(gram + PIECE - 1 + PIECE * k) & (ROUND - 1)] * factors[k]
            key = key_of(sums)
        hashes[gram & (ROUND - 1)] = key
        if at < 0 or key <= low:
            low, at = key, gram
        elif at <= gram - window:  # the smallest has left the window
            low, at = key, gram
            for k in range(1, window):
                if hashes[(gram - k) & (ROUND - 1)] < low:
                    low, at = hashes[(gram - k) & (ROUND - 1)], gram - k
        if gram >= window - 1 and (count == 0 or out[count - 1] != low):
            out[count] = low
            count += 1
    return count
