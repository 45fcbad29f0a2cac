"""Working ahead: the next step on a thread of its own, while the caller uses the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def ahead(steps: Iterable[Callable[[], Result]]) -> Iterator[Result]:
    """Run steps one after the other; yield their results in order.

    While the caller works on a result, the next step runs, and none after it.
    """
    with ThreadPoolExecutor(1) as pool:
        waiting: list[Future[Result]] = []
        for step in steps:
            waiting.append(pool.submit(step))
            if len(waiting) > 1:
                yield waiting.pop(0).result()
        yield from (each.result() for each in waiting)
