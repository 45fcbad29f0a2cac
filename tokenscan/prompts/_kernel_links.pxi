# Linking: the rounds in which representatives find their members.
#
# `link.py` holds the method and does the same with numpy.

cdef class Links(Bands):
    """Texts by bucket, in order of rank, and who has been dealt with.

    From `fill` on texts are ranks, mine[row[r]:row[r + 1]] are the buckets of text r, and buckets[k] is a run of
    `texts`, in order, done up to `head`. A text is ready when it is the first left in each of its open buckets,
    that is, when none of them blocks it.
    A round costs as much as the texts and buckets it deals with, however many are left.
    Each step relies on what the one before has left: `band`, `group`, `unite`, `weigh`, `fill`, and then rounds of
    `choose`, `pairs`, `settle`, `prune`. ValueError for any other order.
    """

    cdef int32_t[::1] mine
    cdef Bucket* buckets
    cdef int32_t[::1] texts
    cdef uint8_t[::1] blocked  # of each text, the open buckets in which another comes before it
    cdef uint8_t[::1] chosen
    cdef uint8_t[::1] done
    cdef int32_t[::1] compared
    cdef int64_t[::1] order  # of each rank, the text
    cdef int32_t[::1] memory
    cdef uint8_t[::1] bucket_memory
    cdef Ranks ready
    cdef Ranks leaders  # chosen in this round
    cdef Ranks finished  # done in this round
    cdef int64_t n_open
    cdef int64_t n_fixed
    cdef readonly object leader
    cdef readonly object similarity

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
        self.order = order
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
        """Choose the texts that are first in an open bucket; when `strict`, those that are first in all of theirs.

        Return how many there are.
        """
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
        return self.leaders.count

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

    def pairs(
        self,
        const uint16_t[:, ::1] signatures,
        const uint8_t[:, ::1] bags,
        double least,
        int64_t first,
        int64_t last,
    ):
        """Pair the chosen texts [first, last) with those after each in the buckets it is first in: (left, right) ranks.

        Once each, and only with texts that share `least` of the slots of their signatures; or, where there are `bags`,
        of the letters in them.
        """
        self.check_step(CHOSEN)
        check_items(self.leaders.count, first, last)
        if signatures.shape[0] != len(self.weight) or signatures.shape[1] != SLOTS:
            raise ValueError(f"not {len(self.weight)} signatures of {SLOTS} slots")
        if bags.shape[0] not in (0, len(self.weight)) or bags.shape[1] != LETTERS:
            raise ValueError(f"not {len(self.weight)} bags of {LETTERS} letters")
        cdef Pairs found
        cdef int64_t at, start
        cdef int64_t[::1] left, right
        cdef uint64_t[::1] seen = np.zeros(self.order.shape[0] // 64 + 1, dtype=np.uint64)
        found.items, found.count, found.room = NULL, 0, 0
        with nogil:
            for at in range(first, last):
                self.fetch(self.leaders.items[min(at + AHEAD, last - 1)])
                start = found.count
                if self.pair(self.leaders.items[at], &seen[0], &found) < 0:
                    break
                if found.count == start:
                    continue
                if bags.shape[0]:
                    keep_alike(&bags[0, 0], &self.order[0], least, &found, start)
                else:
                    keep_near(&signatures[0, 0], &self.order[0], least * SLOTS, &found, start)
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

    cdef int pair(self, int32_t first, uint64_t* seen, Pairs* found) noexcept nogil:
        """Pair one text; -1 where there is no memory. In `seen` is a bit for each text, 0 before and after."""
        cdef int64_t at, j, start = found.count
        cdef int32_t text
        cdef Bucket* bucket
        for at in range(self.row[first], self.row[first + 1]):
            bucket = &self.buckets[self.mine[at]]
            for j in range(bucket.head + 1 if bucket.first == first else bucket.length, bucket.length):
                text = self.texts[bucket.start + j]
                if self.done[text] or self.chosen[text] or seen[text >> 6] >> (text & 63) & 1 or text < self.n_fixed:
                    continue
                seen[text >> 6] |= <uint64_t>1 << (text & 63)
                if found.count == found.room and grow(found) < 0:
                    return -1
                found.items[2 * found.count] = first
                found.items[2 * found.count + 1] = text
                found.count += 1
        for at in range(start, found.count):
            seen[found.items[2 * at + 1] >> 6] = 0
        return 0

    def settle(self, const int64_t[::1] left, const int64_t[::1] right, const double[::1] found, int32_t most):
        """Give each text its most similar partner, the earliest of several; `most` failures end a text's search."""
        cdef int64_t i
        cdef int32_t text
        cdef int64_t[::1] leader = self.leader
        cdef double[::1] similarity = self.similarity
        self.check_step(CHOSEN)
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
        self.check_step(CHOSEN)
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
