# SPDX-License-Identifier: Apache-2.0
"""Room for deep recursion: visitors call themselves once for each level of nesting."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from s2s.errors import InputError

T = TypeVar("T")

STACK_BYTES = 1 << 29
"""Address space for the stack; the system gives memory only for what is used."""

RECURSION_LIMIT = 100_000
"""Python frames; a level of nested statements costs up to ten."""


def with_deep_stack(work: Callable[[], T], path: Path) -> T:
    """Return what ``work`` returns, run in a thread whose stack is large.

    Raises whatever ``work`` raises, and InputError when the file ``path`` is nested too deeply
    even so. An interrupt reaches the caller at once; the thread ends with the process.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001 - handed on, all of them, to the caller
            failure.append(error)

    limit = sys.getrecursionlimit()
    size = threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=run, daemon=True)
    try:
        thread.start()
        sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
        thread.join()
    except RuntimeError:  # no address space for such a stack: go as deep as the usual one allows
        run()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if not failure:
        return outcome[0]
    if isinstance(failure[0], RecursionError):
        raise InputError(
            "is nested too deeply", path=path, hint="split its deepest function or expression"
        ) from failure[0]
    raise failure[0]
