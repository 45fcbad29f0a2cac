# Linking: buckets of texts with an equal band, and the rounds in which representatives find their members.
#
# `link.py` holds the method and does the same with numpy.

cdef enum Step:
    BANDING
    UNITED
    OPEN
    CHOSEN
    PAIRED


cdef class Links:
    """Texts by bucket, in order of rank, and who has been dealt with.

    Near duplicates share many bands, and so do those who share them: buckets with the same texts are one bucket,
    as the same would happen to each. From `fill` on texts are ranks, mine[row[r]:row[r + 1]] are the buckets of
    text r, and buckets[k] is a run of `texts`, in order, done up to `head`. A text is
    ready when it is the first left in each of its open buckets, that is, when none of them blocks it.
    A round costs as much as the texts and buckets it deals with, however many are left.
    Each step relies on what the one before has left: `band`, `group`, `unite`, `weigh`, `fill`, and then rounds of
    `choose`, `pairs`, `settle`, `prune`. ValueError for any other order.
    """

    cdef Step step
    cdef uint8_t[::1] grouped  # of each band, whether it holds buckets in place of keys
    cdef int32_t[:, ::1] bucket  # of each text in each band, numbered in the band, -1 where it has no company
    cdef list sizes  # of each band, the number of texts in each bucket
    cdef list prints
    cdef int64_t[::1] base  # of each band, the place of its first bucket in `company`
    cdef int32_t[:, ::1] company  # of each bucket, the number of texts in it, and its own number, -1 for a repeated one
    cdef dict parts  # buckets of runs of texts, by the first: the end of the run, and the lists one after the other
    cdef int32_t[::1] mine
    cdef int64_t[::1] row  # up to `fill` the lengths of the lists
    cdef Bucket* buckets
    cdef int64_t n_buckets
    cdef int32_t[::1] texts
    cdef uint8_t[::1] blocked  # of each text, the open buckets in which another comes before it
    cdef uint8_t[::1] chosen
    cdef uint8_t[::1] done
    cdef int32_t[::1] compared
    cdef int32_t[::1] stamp
    cdef int32_t[::1] memory
    cdef uint8_t[::1] bucket_memory
    cdef Ranks ready
    cdef Ranks leaders  # chosen in this round
    cdef Ranks finished  # done in this round
    cdef int64_t n_open
    cdef int64_t n_fixed
    cdef readonly object leader
    cdef readonly object similarity
    cdef readonly object weight

    # Unlike `__init__`, this can neither be left out nor be called again with other sizes.
    def __cinit__(self, int64_t n_texts, int64_t bands):
        if not 0 <= n_texts < 1 << 30 or not 1 <= bands <= SLOTS:
            raise ValueError(f"{n_texts} texts in {bands} bands are not possible")
        self.step = BANDING
        self.grouped = np.zeros(bands, dtype=np.uint8)
        self.bucket = np.zeros((bands, n_texts), dtype=np.int32)
        self.sizes, self.prints = [None] * bands, [None] * bands
        self.base = np.zeros(bands + 1, dtype=np.int64)
        self.parts = {}
        self.row = np.zeros(n_texts + 1, dtype=np.int64)
        self.weight = np.zeros(n_texts, dtype=np.int64)

    cdef int check_step(self, Step step) except -1:
        if self.step != step:
            raise ValueError("a step of linking is missing, or was taken before")
        return 0

    def band(
        self, const uint16_t[:, ::1] signatures, const uint8_t[::1] filled, int width, int64_t first, int64_t last
    ):
        """Write the key of each band of the texts [first, last) to where its bucket will stand."""
        cdef int64_t i, band, slot
        cdef uint64_t key, packed
        self.check_step(BANDING)
        check_items(self.bucket.shape[1], first, last)
        if np.any(self.grouped):
            raise ValueError("bands already grouped hold no keys any more")
        if signatures.shape[0] < last or filled.shape[0] < last:
            raise ValueError(f"fewer than {last} signatures")
        if width < 1 or width * self.bucket.shape[0] > signatures.shape[1]:
            raise ValueError(f"{self.bucket.shape[0]} bands of {width} slots do not fit in a signature")
        with nogil:
            for i in range(first, last):
                for band in range(self.bucket.shape[0]):
                    key = packed = 0
                    for slot in range(width):
                        packed = packed << 16 | signatures[i, band * width + slot]
                        if slot % 4 == 3 or slot == width - 1:
                            key = mix(key ^ packed)
                            packed = 0
                    self.bucket[band, i] = <int32_t><uint32_t>key if filled[i] else 0

    def group(self, const uint8_t[::1] filled, int64_t first, int64_t last):
        """Replace keys by buckets in the bands [first, last)."""
        cdef int64_t n = self.bucket.shape[1], band, capacity = 16
        cdef int32_t count
        cdef uint64_t[::1] table, prints
        cdef int32_t[::1] sizes
        self.check_step(BANDING)
        check_items(self.bucket.shape[0], first, last)
        if filled.shape[0] != n:
            raise ValueError(f"not {n} texts")
        if np.any(self.grouped[first:last]):
            raise ValueError(f"some of the bands {first} to {last} have been grouped before")
        while 2 * capacity < 3 * n:
            capacity *= 2
        table = np.empty(capacity, dtype=np.uint64)
        sizes, prints = np.empty(n // 2 + 1, dtype=np.int32), np.empty(n // 2 + 1, dtype=np.uint64)
        self.grouped[first:last] = True
        for band in range(first, last):
            with nogil:
                memset(&table[0], 255, capacity * sizeof(uint64_t))
                count = group_band(self.bucket[band], filled, &table[0], capacity - 1, &sizes[0], &prints[0])
            self.sizes[band], self.prints[band] = np.array(sizes[:count]), np.array(prints[:count])

    def unite(self):
        """Make buckets with the same texts one bucket."""
        cdef int64_t capacity = 16, k, band
        cdef int32_t[::1] table
        cdef const uint64_t[::1] prints
        self.check_step(BANDING)
        if not np.all(self.grouped):
            raise ValueError("not all bands have been grouped")
        self.base[0] = 1
        for band in range(self.bucket.shape[0]):
            self.base[band + 1] = self.base[band] + len(self.sizes[band])
        # The first stands for the bucket of a text without company.
        sizes = np.concatenate([np.ones(1, dtype=np.int32), *self.sizes])
        prints = np.concatenate(self.prints)
        if len(sizes) >= 1 << 30:
            raise ValueError(f"{len(sizes)} buckets are too many")
        while 2 * capacity < 3 * len(sizes):
            capacity *= 2
        table = np.full(capacity, -1, dtype=np.int32)
        self.company = np.empty((len(sizes), 2), dtype=np.int32)
        np.asarray(self.company)[:, 0] = sizes
        self.step = UNITED
        with nogil:
            self.n_buckets = unite_buckets(self.company, prints, &table[0], capacity - 1)
        self.sizes, self.prints = None, None

    def weigh(self, int64_t first, int64_t last):
        """Count for each of the texts [first, last) the company it has, in `weight`, and list its buckets."""
        cdef int64_t text, block, band, stop, k, start, weight, to = 0, bands = self.bucket.shape[0]
        cdef int64_t[::1] weights = self.weight, base = self.base, row = self.row
        cdef int32_t[::1] found
        cdef int32_t[:, ::1] bucket = self.bucket, company = self.company
        cdef int64_t[16 * SLOTS] places  # of a block of texts, which stays in the cache
        self.check_step(UNITED)
        check_items(bucket.shape[1], first, last)
        found = np.empty((last - first) * bands + 1, dtype=np.int32)
        with nogil:
            for block in range(first, last, 16):
                stop = min(block + 16, last)
                for band in range(bands):
                    for text in range(block, stop):
                        k = base[band] + bucket[band, text]
                        places[(text - block) * bands + band] = k if bucket[band, text] >= 0 else 0
                        PREFETCH(&company[k, 0])
                for text in range(block, stop):
                    weight, start = 0, to
                    for band in range(bands):
                        k = places[(text - block) * bands + band]
                        weight += company[k, 0] - 1
                        found[to] = company[k, 1]
                        to += company[k, 1] >= 0
                    weights[text], row[text + 1] = weight, to - start
        if first < last:
            self.parts[first] = last, np.array(found[:to])

    def _listed(self):
        """Return the lists of buckets one after the other."""
        found, at = [np.zeros(0, dtype=np.int32)], 0
        while at < self.bucket.shape[1]:
            if at not in self.parts:
                raise ValueError(f"text {at} has not been weighed")
            at, part = self.parts[at]
            found.append(part)
        return np.concatenate(found)

    def fill(self, const int64_t[::1] by_rank, int64_t n_fixed):
        """Sort the texts into their buckets by rank; the first `n_fixed` ranks are never members.

        Texts without company may be left out. From here on texts are numbered by rank.
        """
        cdef int64_t n = by_rank.shape[0], r, k
        self.check_step(UNITED)
        listed = self._listed()
        order = np.array(by_rank, dtype=np.int64)
        named = np.zeros(len(self.weight), dtype=np.bool_)
        if n and not (0 <= order.min() and order.max() < len(named)):
            raise ValueError(f"not an order of {len(named)} texts")
        named[order] = True
        if np.count_nonzero(named) != n or not named[self.weight > 0].all() or not 0 <= n_fixed <= n:
            raise ValueError(f"not an order of {len(named)} texts")
        self.rank_rows(by_rank, np.cumsum(self.row), listed)
        self.n_open = self.n_buckets
        self.n_fixed = n_fixed
        self.bucket_memory = np.zeros((self.n_buckets + 1) * sizeof(Bucket), dtype=np.uint8)
        self.buckets = <Bucket*>&self.bucket_memory[0]
        self.texts = np.empty(self.mine.shape[0], dtype=np.int32)
        self.blocked, self.chosen = np.zeros(n, dtype=np.uint8), np.zeros(n, dtype=np.uint8)
        self.done, self.compared = np.zeros(n, dtype=np.uint8), np.zeros(n, dtype=np.int32)
        self.stamp = np.full(n, -1, dtype=np.int32)
        self.leader, self.similarity = np.arange(n), np.zeros(n)
        self.memory = np.empty(3 * n + 1, dtype=np.int32)
        self.ready.items = &self.memory[0]
        self.leaders.items = &self.memory[0] + n
        self.finished.items = &self.memory[0] + 2 * n
        self.ready.count = self.leaders.count = self.finished.count = 0
        self.step = OPEN
        with nogil:
            for k in range(self.company.shape[0]):
                if self.company[k, 1] >= 0:
                    self.buckets[self.company[k, 1] + 1].start = self.company[k, 0]
            for k in range(self.n_buckets):
                self.buckets[k + 1].start += self.buckets[k].start
            for r in range(n + 2 * AHEAD):
                if r < n:
                    self.fetch(r)
                if AHEAD <= r < n + AHEAD:
                    self.fetch_places(r - AHEAD)
                if r >= 2 * AHEAD:
                    self.put(r - 2 * AHEAD)
        self.bucket, self.company = None, None

    cdef int rank_rows(self, const int64_t[::1] by_rank, const int64_t[::1] start, const int32_t[::1] listed) except -1:
        """Put the lists of buckets in the order of ranks."""
        cdef int64_t n = by_rank.shape[0], r, at, to = 0
        cdef int64_t[::1] row = np.zeros(n + 1, dtype=np.int64)
        cdef int32_t[::1] mine = np.empty(listed.shape[0], dtype=np.int32)
        with nogil:
            for r in range(n):
                if r + FAR < n:
                    PREFETCH(&listed[start[by_rank[r + FAR]]])
                for at in range(start[by_rank[r]], start[by_rank[r] + 1]):
                    mine[to] = listed[at]
                    to += 1
                row[r + 1] = to
        self.mine, self.row = mine, row
        return 0

    cdef inline void fetch(self, int64_t text) noexcept nogil:
        """Have the buckets of a text, which lie anywhere, brought to the cache before its turn comes."""
        cdef int64_t at
        for at in range(self.row[text], self.row[text + 1]):
            PREFETCH(&self.buckets[self.mine[at]])

    cdef inline void fetch_places(self, int64_t text) noexcept nogil:
        cdef int64_t at
        cdef Bucket* bucket
        for at in range(self.row[text], self.row[text + 1]):
            bucket = &self.buckets[self.mine[at]]
            PREFETCH(&self.texts[bucket.start + bucket.length])

    cdef inline void put(self, int64_t text) noexcept nogil:
        """Append a text to its buckets."""
        cdef int64_t at
        cdef Bucket* bucket
        for at in range(self.row[text], self.row[text + 1]):
            bucket = &self.buckets[self.mine[at]]
            self.texts[bucket.start + bucket.length] = <int32_t>text
            if bucket.length == 0:
                bucket.first = <int32_t>text
            else:
                self.blocked[text] += 1
            bucket.length += 1
        if self.blocked[text] == 0:
            append(&self.ready, text)

    def choose(self, bint strict):
        """Choose the texts that are first in an open bucket; when `strict`, those that are first in all of theirs."""
        cdef int64_t at, k
        self.check_step(OPEN)
        self.step = CHOSEN
        with nogil:
            for at in range(self.leaders.count):
                self.chosen[self.leaders.items[at]] = 0
            self.leaders.count = 0
            if strict:
                for at in range(self.ready.count):
                    self.fetch(self.ready.items[min(at + AHEAD, self.ready.count - 1)])
                    if self.has_open_bucket(self.ready.items[at]):
                        self.lead(self.ready.items[at])
            else:
                for k in range(self.n_buckets):
                    if self.buckets[k].first >= 0:
                        self.lead(self.buckets[k].first)
            self.ready.count = 0

    cdef bint has_open_bucket(self, int32_t text) noexcept nogil:
        cdef int64_t at
        for at in range(self.row[text], self.row[text + 1]):
            if self.buckets[self.mine[at]].first >= 0:
                return True
        return False

    cdef void lead(self, int32_t text) noexcept nogil:
        if not self.done[text] and not self.chosen[text]:
            self.chosen[text] = 1
            append(&self.leaders, text)

    def pairs(self):
        """Pair each chosen text with those after it in the buckets it is first in, once each: (left, right) ranks."""
        self.check_step(CHOSEN)
        self.step = PAIRED
        cdef Pairs found
        cdef int64_t at
        cdef int64_t[::1] left, right
        found.items, found.count, found.room = NULL, 0, 0
        with nogil:
            for at in range(self.leaders.count):
                self.fetch(self.leaders.items[min(at + AHEAD, self.leaders.count - 1)])
                if self.pair(self.leaders.items[at], &found) < 0:
                    break
        try:
            if found.count < 0:
                raise MemoryError
            left, right = np.empty(found.count, dtype=np.int64), np.empty(found.count, dtype=np.int64)
            with nogil:
                for at in range(found.count):
                    left[at], right[at] = found.items[2 * at], found.items[2 * at + 1]
        finally:
            free(found.items)
        return np.asarray(left), np.asarray(right)

    cdef int pair(self, int32_t first, Pairs* found) noexcept nogil:
        """Pair one text; -1 where there is no memory."""
        cdef int64_t at, j
        cdef int32_t text
        cdef Bucket* bucket
        for at in range(self.row[first], self.row[first + 1]):
            bucket = &self.buckets[self.mine[at]]
            for j in range(bucket.head + 1 if bucket.first == first else bucket.length, bucket.length):
                text = self.texts[bucket.start + j]
                if self.done[text] or self.chosen[text] or self.stamp[text] == first or text < self.n_fixed:
                    continue
                self.stamp[text] = first
                if found.count == found.room and grow(found) < 0:
                    return -1
                found.items[2 * found.count] = first
                found.items[2 * found.count + 1] = text
                found.count += 1
        return 0

    def settle(self, const int64_t[::1] left, const int64_t[::1] right, const double[::1] found, int32_t most):
        """Give each text its most similar partner, the earliest of several; `most` failures end a text's search."""
        cdef int64_t i
        cdef int32_t text
        cdef int64_t[::1] leader = self.leader
        cdef double[::1] similarity = self.similarity
        self.check_step(PAIRED)
        check_pairs(self.row.shape[0] - 1, left, right, 0, left.shape[0])
        if found.shape[0] != left.shape[0]:
            raise ValueError("every pair needs a similarity")
        with nogil:
            for i in range(left.shape[0]):
                text = <int32_t>right[i]
                self.compared[text] += 1
                if found[i] > similarity[text] or (
                    found[i] > 0 and found[i] == similarity[text] and left[i] < leader[text]
                ):
                    leader[text] = left[i]
                    similarity[text] = found[i]
                if found[i] > 0 or self.compared[text] >= most:
                    self.finish(text)

    cdef void finish(self, int32_t text) noexcept nogil:
        if not self.done[text]:
            self.done[text] = 1
            append(&self.finished, text)

    def prune(self, int max_leaders):
        """Leave the texts dealt with and the buckets that have had their leaders; return the buckets still open."""
        cdef int64_t i, at
        cdef int32_t text
        cdef Bucket* bucket
        self.check_step(PAIRED)
        if not 1 <= max_leaders <= 255:
            raise ValueError(f"a bucket has 1 to 255 leaders, not {max_leaders}")
        self.step = OPEN
        with nogil:
            for i in range(self.leaders.count):
                self.finish(self.leaders.items[i])
            for i in range(self.finished.count):
                self.fetch(self.finished.items[min(i + AHEAD, self.finished.count - 1)])
                text = self.finished.items[i]
                for at in range(self.row[text], self.row[text + 1]):
                    bucket = &self.buckets[self.mine[at]]
                    if bucket.first != text:
                        continue
                    bucket.tried += self.chosen[bucket.first]
                    if bucket.tried >= max_leaders:
                        self.close(bucket)
                    else:
                        self.advance(bucket)
            self.finished.count = 0
        return self.n_open

    cdef void close(self, Bucket* bucket) noexcept nogil:
        cdef int64_t j
        bucket.first = -1
        self.n_open -= 1
        for j in range(bucket.head + 1, bucket.length):
            self.unblock(self.texts[bucket.start + j])

    cdef void advance(self, Bucket* bucket) noexcept nogil:
        """Make the next text that is left the first of its bucket."""
        while bucket.head < bucket.length and self.done[self.texts[bucket.start + bucket.head]]:
            bucket.head += 1
        if bucket.head == bucket.length:
            bucket.first = -1
            self.n_open -= 1
        else:
            bucket.first = self.texts[bucket.start + bucket.head]
            self.unblock(bucket.first)

    cdef void unblock(self, int32_t text) noexcept nogil:
        if not self.done[text]:
            self.blocked[text] -= 1
            if self.blocked[text] == 0:
                append(&self.ready, text)
