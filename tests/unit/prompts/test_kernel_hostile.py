"""Arguments no caller should pass: the kernel refuses them, and never reads or writes outside its arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import viewed

from tokenscan.prompts.sketch import probe_order

kernel = pytest.importorskip("tokenscan.prompts._kernel")

REFUSALS = (ValueError, TypeError, BufferError, OverflowError)
PROBES = probe_order()
FAR = 1 << 62
VIEWS, BUFFERS = viewed([b"Ab", b"", b"more than 12 b"], b"##")

Arguments = dict[str, Any]


def _ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def _normalise() -> Arguments:
    return {
        "views": VIEWS,
        "buffers": BUFFERS,
        "offsets": _ints(0, 2, 2, 16),
        "first": 0,
        "last": 3,
        "kinds": np.ones(300, dtype=np.uint8),
        "forms": np.zeros(300, dtype=np.uint32),
        "out": np.zeros(16, dtype=np.uint8),
        "begin": np.zeros(3, dtype=np.int64),
        "end": np.zeros(3, dtype=np.int64),
        "foreign": np.zeros(3, dtype=np.uint8),
    }


def _texts() -> Arguments:
    return {"data": np.frombuffer(b"abcdefgh", dtype=np.uint8), "begin": _ints(0, 3, 8), "end": _ints(3, 8, 8)}


def _sketch() -> Arguments:
    out = np.zeros((3, 128), dtype=np.uint16)
    return {**_texts(), "size": 2, "probes": PROBES, "first": 0, "last": 3, "out": out}


def _winnow() -> Arguments:
    room = {"counts": np.zeros(3, dtype=np.int64), "out": np.zeros(8, dtype=np.uint64)}
    return {**_texts(), "factors": np.ones(2, dtype=np.uint64), "window": 2, "first": 0, "last": 3, **room}


def _pairs() -> Arguments:
    return {"left": _ints(0, 1, 2, 0), "right": _ints(0, 0, 1, 2), "first": 0, "last": 4}


def _jaccard() -> Arguments:
    return {**_texts(), "size": 2, "limit": 16, **_pairs(), "out": np.zeros(4)}


def _common_letters() -> Arguments:
    pairs = {"left": _ints(0, 1, 2, 0), "right": _ints(0, 0, 1, 2), "least": np.zeros(4), "first": 0, "last": 4}
    return {**_texts(), **pairs, "out": np.zeros(4)}


def _bag_letters() -> Arguments:
    return {**_texts(), "first": 0, "last": 3, "out": np.zeros((3, 32), dtype=np.uint8)}


KERNELS: dict[str, Callable[[], Arguments]] = {
    "normalise": _normalise,
    "sketch": _sketch,
    "winnow": _winnow,
    "jaccard": _jaccard,
    "bag_letters": _bag_letters,
    "common_letters": _common_letters,
}

WRONG_RANGES: list[Arguments] = [
    {"first": -1},
    {"last": 5},
    {"first": 3, "last": 2},
    {"last": FAR},
    {"first": -FAR, "last": -FAR},
]
WRONG_TEXTS: list[Arguments] = [
    {"begin": _ints(-1, 3, 8)},
    {"begin": _ints(0, 3, 9)},
    {"begin": _ints(-FAR, 3, 8)},
    {"end": _ints(3, 8, 9)},
    {"end": _ints(3, FAR, 8)},
    {"end": _ints(3, 2, 8)},
    {"begin": _ints(4, 3, 8)},
    {"begin": _ints(0, 3)},
    {"end": _ints(3, 8)},
    {"begin": _ints(), "end": _ints(3)},
    {"data": np.zeros(7, dtype=np.uint8)},
    {"data": b""},
]
SHORT: Arguments = {"out": "one pair too short"}
WRONG_PAIRS: list[Arguments] = [
    {"left": _ints(0, 1, 2, 3)},
    {"left": _ints(0, 1, 2, -1)},
    {"right": _ints(FAR, 0, 1, 2)},
    {"right": _ints(-FAR, 0, 1, 2)},
    {"right": _ints(0, 1, 2)},
    {"left": _ints()},
    SHORT,
]
WRONG_SIZES: list[Arguments] = [{"size": 0}, {"size": 9}, {"size": -1}, {"size": 64}, {"size": 1 << 40}]
WRONG_SLOTS = [np.zeros((3, 127), np.uint16), np.zeros((3, 129), np.uint16), np.zeros((2, 128), np.uint16)]


def _pointing(buffer: int, offset: int) -> np.ndarray:
    """Let the last view, of 14 bytes, point elsewhere."""
    views = VIEWS.copy()
    views[2, 8:] = np.array([buffer, offset], dtype="<u4").view(np.uint8)
    return views


HOSTILE: dict[str, list[Arguments]] = {
    "normalise": [
        *(
            {"offsets": _ints(*offsets)}
            for offsets in [(0, 2, 2, 17), (-1, 2, 2, 16), (0, 3, 2, 16), (0, 2, 3, 16), (0, FAR, 2, 16), (0,), ()]
        ),
        *({name: _normalise()[name][:2]} for name in ("out", "begin", "end", "foreign", "views", "kinds", "forms")),
        *({"views": _pointing(*where)} for where in [(2, 2), (2**32 - 1, 2), (0, 5), (1, 2), (0, 2**32 - 1)]),
        {"views": np.ascontiguousarray(VIEWS[:, :15])},
        {"views": np.zeros((3, 32), dtype=np.uint8)},
        {"buffers": []},
        {"buffers": [buffer[:-3] for buffer in BUFFERS]},
        {"buffers": [buffer.astype(np.int8) for buffer in BUFFERS]},
    ],
    "sketch": [
        *WRONG_TEXTS,
        *WRONG_SIZES,
        *({"out": out} for out in WRONG_SLOTS),
        {"probes": PROBES[:127]},
        {"probes": np.ascontiguousarray(PROBES[:, :127])},
        {"probes": _ints().reshape(0, 128)},
    ],
    "winnow": [
        *WRONG_TEXTS,
        *({"window": window} for window in (0, -1, 65, 1 << 40)),
        *({"factors": np.ones(count, dtype=np.uint64)} for count in (0, 9)),
        {"counts": np.zeros(2, dtype=np.int64)},
        {"out": np.zeros(7, dtype=np.uint64)},
    ],
    "jaccard": [
        *WRONG_TEXTS,
        *WRONG_PAIRS,
        *WRONG_SIZES,
        *({"limit": limit} for limit in (-1, 0, 15, (1 << 20) + 1, FAR, -FAR)),
    ],
    "bag_letters": [
        *WRONG_TEXTS,
        *({"out": np.zeros(shape, dtype=np.uint8)} for shape in [(2, 32), (3, 31), (3, 33)]),
        {"out": np.zeros((3, 32), dtype=np.int8)},
    ],
    "common_letters": [*WRONG_TEXTS, *WRONG_PAIRS, {"least": np.zeros(3)}],
}


def _call(name: str, arguments: Arguments) -> None:
    getattr(kernel, name)(*arguments.values())


@pytest.mark.parametrize("name", KERNELS)
def test_the_arguments_that_the_others_are_made_from_are_taken(name: str) -> None:
    _call(name, KERNELS[name]())
    # Also when there is no work.
    _call(name, {**KERNELS[name](), "first": 2, "last": 2})


@pytest.mark.parametrize(
    ("name", "wrong"), [(name, wrong) for name, changes in HOSTILE.items() for wrong in [*changes, *WRONG_RANGES]]
)
def test_wrong_ranges_lengths_and_sizes_are_refused(name: str, wrong: Arguments) -> None:
    arguments = KERNELS[name]()
    if wrong is SHORT:
        wrong = {"out": arguments["out"][:3]}
    with pytest.raises(REFUSALS):
        _call(name, {**arguments, **wrong})


@pytest.mark.parametrize("name", KERNELS)
def test_arrays_of_another_kind_or_layout_are_refused(name: str) -> None:
    arguments = KERNELS[name]()
    for place, value in arguments.items():
        others: list[object] = ["text", object(), [1, 2, 3]]
        if isinstance(value, np.ndarray):
            others += [1, value.astype(np.float32), value.astype(f"i{3 - min(value.itemsize, 2)}"), value[..., None]]
            others += [np.repeat(value, 2, axis=-1)[..., ::2], value[..., ::-1], value.reshape(-1)[0], b"123"]
        for other in others:
            with pytest.raises(REFUSALS):
                _call(name, {**arguments, place: other})
        if place in ({"out", "begin", "end", "foreign"} if name == "normalise" else {"out"}):
            value.flags.writeable = False
            with pytest.raises(REFUSALS):
                _call(name, arguments)
            value.flags.writeable = True


@pytest.mark.parametrize("name", KERNELS)
def test_nothing_at_all_is_refused_or_no_work(name: str) -> None:
    arguments = KERNELS[name]()
    empty = {
        place: value[:0] if isinstance(value, np.ndarray) and place not in {"probes", "factors"} else value
        for place, value in arguments.items()
    }
    if name == "normalise":
        empty["offsets"] = _ints(0)
    _call(name, {**empty, "first": 0, "last": 0})
    with pytest.raises(REFUSALS):
        _call(name, {**empty, "first": 0, "last": 1})
    for place, value in arguments.items():
        if isinstance(value, np.ndarray):
            with pytest.raises(REFUSALS):
                _call(name, {**arguments, place: None})
    with pytest.raises(REFUSALS):
        _call(name, dict.fromkeys(arguments))


_numbers = st.one_of(st.integers(-2, 12), st.sampled_from([1 << 20, 1 << 31, FAR, -FAR, 1 << 70]))
_arrays = st.lists(st.one_of(st.integers(-1, 9), st.integers(-1, 9), st.sampled_from([FAR, -FAR])), max_size=6)


@settings(deadline=None, max_examples=100)
@given(st.data())
@pytest.mark.parametrize("name", KERNELS)
def test_any_mixture_of_arguments_is_survived(name: str, data: st.DataObject) -> None:
    arguments = KERNELS[name]()
    for place in data.draw(st.lists(st.sampled_from(sorted(arguments)), min_size=1, max_size=4)):
        value = arguments[place]
        if not isinstance(value, np.ndarray):
            arguments[place] = data.draw(_numbers)
        elif value.dtype == np.int64 and value.ndim == 1:
            arguments[place] = _ints(*data.draw(_arrays))
        else:
            rows = data.draw(st.integers(0, 6))
            arguments[place] = np.zeros((rows, *value.shape[1:]), dtype=value.dtype)
    try:
        _call(name, arguments)
    except REFUSALS:
        return
    # `left`, `begin` or `end` has an entry for each item.
    items = next(arguments[place] for place in ("left", "begin", "end") if place in arguments)
    assert 0 <= arguments["first"] <= arguments["last"] <= len(items)


@pytest.mark.parametrize("wrong", [*WRONG_TEXTS, {"out": np.zeros(7, dtype=np.uint8)}])
def test_texts_that_are_nowhere_are_neither_packed_nor_counted(wrong: Arguments) -> None:
    arguments = {**_texts(), "out": np.zeros(8, dtype=np.uint8)}
    kernel.pack(*arguments.values())
    with pytest.raises(REFUSALS):
        kernel.pack(*{**arguments, **wrong}.values())
    assert kernel.count_chars(*_texts().values()).tolist() == [3, 5, 0]
    if "out" not in wrong:
        with pytest.raises(REFUSALS):
            kernel.count_chars(*{**_texts(), **wrong}.values())


@pytest.mark.parametrize("slot", [0, 127])
def test_probes_that_never_reach_a_filled_slot_end(slot: int) -> None:
    arguments = _sketch()
    arguments["probes"] = np.full((128, 128), slot, dtype=np.int64)
    _call("sketch", arguments)
    assert (arguments["out"][2] == 0xFFFF).all()
