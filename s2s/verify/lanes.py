# SPDX-License-Identifier: Apache-2.0
"""How many instrumented runs take place at the same time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

MOST = 4
"""So many runs there are: the guard, the race detector, two orders of iterations."""
_GROWTH = 10
"""How many times as much memory as an ordinary run an instrumented one may take."""
_MEMORY = Path("/proc/meminfo")


@contextmanager
def lanes(peak_bytes: int) -> Iterator[ThreadPoolExecutor]:
    """Give a pool with a worker for each run that may take place at the same time.

    ``peak_bytes`` is the most memory that an ordinary run took. When the block is left because of
    an error, runs that have not begun are dropped, and the others awaited.
    """
    room = available_memory(_MEMORY) // max(1, _GROWTH * peak_bytes)
    pool = ThreadPoolExecutor(max(1, min(os.cpu_count() or 1, room, MOST)))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def available_memory(meminfo: Path) -> int:
    """Return the bytes that the system could give out now; 0 where it does not tell."""
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return 0
    kib = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), "0")
    return int(kib) << 10
