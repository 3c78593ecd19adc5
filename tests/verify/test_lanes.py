# SPDX-License-Identifier: Apache-2.0
"""How many instrumented runs take place at a time, and what that is decided by."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify import lanes as module
from s2s.verify.lanes import available_memory, lanes
from s2s.verify.run import RunCommand, run_on_host


def test_available_memory_is_read_in_bytes(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 16 kB\nMemFree: 2 kB\nMemAvailable:       3 kB\nBuffers: 1 kB\n")
    assert available_memory(meminfo) == 3 << 10
    meminfo.write_text("MemTotal: 16 kB\n")
    assert available_memory(meminfo) == 0
    assert available_memory(tmp_path / "none") == 0


def most_at_a_time(peak_bytes: int, runs: int = 6) -> int:
    """Return how many of some short runs overlap."""
    lock, now, most = threading.Lock(), 0, 0

    def run() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1

    with lanes(peak_bytes) as pool:
        for future in [pool.submit(run) for _ in range(runs)]:
            future.result()
    return most


def test_programs_that_need_the_memory_run_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(module, "available_memory", lambda _: 100 << 20)
    assert most_at_a_time(8 << 20) == 1
    assert most_at_a_time(1 << 40) == 1
    assert most_at_a_time(4 << 20) == 2
    assert most_at_a_time(1 << 10) == module.MOST
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert most_at_a_time(1 << 10) == 2


def test_runs_that_have_not_begun_are_dropped_after_an_error() -> None:
    done: list[int] = []

    def run(number: int) -> None:
        time.sleep(0.05)
        done.append(number)

    with pytest.raises(KeyError), lanes(1 << 50) as pool:
        for number in range(5):
            pool.submit(run, number)
        raise KeyError
    assert len(done) < 5


@pytest.mark.skipif(discover_clang() is None, reason="no clang")
def test_a_run_tells_how_much_memory_it_took(tmp_path: Path) -> None:
    clang = discover_clang()
    assert clang is not None
    command = RunCommand("sh", ("-c", "x=$(head -c 40000000 /dev/zero | tr '\\0' a); echo ${#x}"))
    done = run_on_host(Path("/bin/sh"), command, tmp_path, clang, 60.0)
    assert done.stdout == b"40000000\n"
    assert 40_000_000 < done.peak_bytes < 4_000_000_000
