from __future__ import annotations

import numpy as np

from tokenscan.prompts.growing import Growing


def test_rows_stay_when_the_array_grows_and_so_do_views_of_them() -> None:
    growing = Growing(np.empty((0, 2), dtype=np.int64), 1000)
    views, expected = [], []
    for size in (1, 0, 3, 40, 500, 2000):
        view = growing.add(size)
        view[:] = len(expected)
        views.append(view.copy())
        expected += [[len(expected)] * 2] * size
    assert growing.rows().tolist() == expected
    assert np.concatenate(views).tolist() == expected


def test_rows_that_are_dropped_are_written_over() -> None:
    growing = Growing(np.empty(0, dtype=np.int64), 10)
    growing.add(3)[:] = 7
    growing.drop(2)
    growing.add(1)[:] = 8
    assert growing.rows().tolist() == [7, 8]


def test_much_is_reserved_at_once_up_to_a_limit() -> None:
    growing = Growing(np.empty(0, dtype=np.uint8), 100)
    places = set()
    for _ in range(100):
        growing.add(1)
        places.add(growing.rows().ctypes.data)
    assert len(places) <= 3
    places.clear()
    for _ in range(10_000):
        growing.add(1)
        places.add(growing.rows().ctypes.data)
    assert len(places) <= 14  # half as much again each time: 1.5 ** 12 > 100
