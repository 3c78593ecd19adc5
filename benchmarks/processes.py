# SPDX-License-Identifier: Apache-2.0
"""Run a command and tell its time and its memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Run:
    """One finished command: wall time in seconds, peak resident memory in MB, last words."""

    seconds: float
    memory_mb: float
    exit_code: int
    messages: str


def run(command: Sequence[str | Path], directory: Path = ROOT) -> Run:
    """Run a command to its end in ``directory``; its output is kept as ``messages``."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        messages = output.read().decode("utf-8", "replace")
    return Run(seconds, usage.ru_maxrss / 1024, process.returncode, messages)


def run_or_fail(command: Sequence[str | Path], directory: Path = ROOT) -> Run:
    """Run a command that must succeed; raises ClickException with its last words."""
    done = run(command, directory)
    if done.exit_code:
        text = " ".join(str(word) for word in command)
        raise click.ClickException(f"{text}\nexit code {done.exit_code}\n{done.messages[-2000:]}")
    return done


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two commands measured in turns: medians in seconds, and what the first one needs."""

    name: str
    seconds: float
    baseline_seconds: float
    limit: float
    memory_mb: float

    @property
    def ratio(self) -> float:
        """How many times as long as the baseline."""
        return self.seconds / self.baseline_seconds

    @property
    def met(self) -> bool:
        """Whether the ratio is within the limit."""
        return self.ratio <= self.limit


def compare(
    name: str,
    command: Sequence[str | Path],
    baseline: Sequence[str | Path],
    limit: float,
    repeat: int,
) -> Comparison:
    """Measure a command and its baseline in turns, so that both see the same machine."""
    mine, theirs = [], []
    for _ in range(repeat):
        mine.append(run_or_fail(command))
        theirs.append(run_or_fail(baseline))
    return Comparison(
        name,
        statistics.median(r.seconds for r in mine),
        statistics.median(r.seconds for r in theirs),
        limit,
        max(r.memory_mb for r in mine),
    )
