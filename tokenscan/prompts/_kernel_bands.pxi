# The first half of linking: from signatures to the buckets of each text.

cdef enum Step:
    BANDING
    UNITED
    OPEN
    CHOSEN


cdef class Bands:
    """Which texts agree in a band.

    Near duplicates share many bands, and so do those who share them: buckets with the same texts are made one
    bucket, as the same would happen to each.
    """

    cdef Step step
    cdef uint8_t[::1] grouped  # of each band, whether it holds buckets in place of keys
    cdef int32_t[:, ::1] bucket  # of each text in each band, numbered in the band, -1 where it has no company
    cdef list sizes  # of each band, the number of texts in each bucket
    cdef list prints
    cdef int64_t[::1] base  # of each band, the place of its first bucket in `company`
    cdef int32_t[:, ::1] company  # of each bucket, the number of texts in it, and its own number, -1 for a repeated one
    cdef int64_t n_buckets
    cdef dict parts  # buckets of runs of texts, by the first: the end of the run, and the lists one after the other
    cdef int64_t[::1] row  # up to `fill` the lengths of the lists
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
