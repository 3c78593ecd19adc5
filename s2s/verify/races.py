# SPDX-License-Identifier: Apache-2.0
"""Tier T3: run a program under ThreadSanitizer and Archer and read what raced.

ThreadSanitizer sees a race only between accesses of different threads. In the run's league far
iterations meet, because there are two teams with one half each of what is distributed, and
neighbours do, because a team's threads take turns iteration by iteration (``race_text``). Their
number is odd and more than a few: strides of programs are mostly even, or small.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.verify.findings import Finding, FindingKind, Place, expression_at
from s2s.verify.instrument import (
    archer_library,
    sanitizer_environment,
    sanitizer_options,
    symbolizer,
)
from s2s.verify.run import Execution, PlainSink, RunCommand, execute
from s2s.verify.stacks import first_place
from s2s.verify.tiers import Tier
from s2s.verify.watched import Watching

TEAMS = 2
THREADS = 7
"""The league's teams, and the threads of each."""


@dataclass(frozen=True, slots=True)
class RaceRun:
    """A run under the race detector, which looked at ``watched`` of the ``launches`` it came by.

    ``some_pages`` tells that a launch had so many accesses that not all of them were looked at.
    """

    execution: Execution
    findings: tuple[Finding, ...]
    watched: int = 0
    launches: int = 0
    some_pages: int = 0


_REPORT = re.compile(r"WARNING: ThreadSanitizer: data race.*?(?======|\Z)", re.DOTALL)
_ACCESS = re.compile(r"^ +(?:Previous )?(?:atomic )?(read|write) of size \d+ at", re.M | re.I)
_OPTIONS = {
    "halt_on_error": 0,
    "exitcode": 0,
    "ignore_noninstrumented_modules": 1,
    "report_thread_leaks": 0,
}


def run_for_races(
    binary: Path,
    command: RunCommand,
    directory: Path,
    clang: Clang,
    timeout: float,
    sources: Mapping[str, bytes],
    watching: Watching,
) -> RaceRun:
    """Run a program that was built with ThreadSanitizer; ``sources`` are its texts, by path.

    Raises VerificationError when it cannot be started.
    """
    log = directory.with_name(f"{directory.name}.tsan")
    report = directory.with_name(f"{directory.name}.launches")
    environment = {
        **sanitizer_environment(clang, command),
        "TSAN_OPTIONS": sanitizer_options(
            {**_OPTIONS, "log_path": log, "external_symbolizer_path": symbolizer(clang)}
        ),
        "OMP_TOOL_LIBRARIES": str(archer_library(clang)),
        "OMP_NUM_TEAMS": str(TEAMS),
        "OMP_TEAMS_THREAD_LIMIT": str(THREADS),
        # else the league is as large as the machine: one thread in each of two teams
        "KMP_TEAMS_THREAD_LIMIT": str(TEAMS * THREADS),
        "S2S_RACE_TEAMS": str(TEAMS),
        "S2S_RACE_THREADS": str(THREADS),
        "S2S_RACE_REPORT": str(report),
        **watching.environment,
    }
    done = execute(binary, command, directory, environment, timeout, PlainSink())
    text = "".join(
        path.read_text("utf-8", "replace") for path in sorted(log.parent.glob(f"{log.name}.*"))
    )
    counts = report.read_text().split() if report.is_file() else ()
    return RaceRun(done, races_in(text, sources), *map(int, counts))


@dataclass(frozen=True, slots=True)
class _Side:
    access: str
    place: Place | None
    variable: str


def _side(access: str, stack: str, sources: Mapping[str, bytes]) -> _Side:
    place = first_place(stack, frozenset(sources))
    variable = expression_at(sources.get(place.file, b""), place) if place else ""
    return _Side(access, place, variable)


def races_in(text: str, sources: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Read ThreadSanitizer's reports; one finding for each pair of lines."""
    out: dict[tuple[object, ...], Finding] = {}
    for report in _REPORT.finditer(text):
        parts = _ACCESS.split(report[0])
        if len(parts) < 5:
            continue
        kinds, stacks = (parts[1].lower(), parts[3].lower()), (parts[2], parts[4])
        sides = [_side(k, stack, sources) for k, stack in zip(kinds, stacks, strict=True)]
        # the side that names a variable says more than one that the optimizer moved
        first, second = sorted(sides, key=lambda side: not side.variable)
        finding = Finding(
            FindingKind.RACE,
            Tier.RACES,
            first.variable,
            first.place or second.place,
            access=first.access,
            other=second.place,
            other_access=second.access,
        )
        lines = frozenset((s.place.file, s.place.line) for s in sides if s.place)
        out.setdefault((lines, first.variable), finding)
    return tuple(out.values())
