# SPDX-License-Identifier: Apache-2.0
"""Tier T3: run a program under ThreadSanitizer and Archer and read what raced.

ThreadSanitizer sees a race only between accesses of different threads. Two runs complement each
other: a small league with the default schedule, in which far iterations meet, and one team whose
threads take turns iteration by iteration (``schedule(static, 1)``), in which neighbours do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
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


class League(Enum):
    """Teams and threads of a run."""

    SQUARE = (2, 2)
    ONE_TEAM = (1, 7)


@dataclass(frozen=True, slots=True)
class RaceRun:
    """A run under the race detector, which looked at ``watched`` of the ``launches`` it came by."""

    execution: Execution
    findings: tuple[Finding, ...]
    watched: int = 0
    launches: int = 0


_REPORT = re.compile(r"WARNING: ThreadSanitizer: data race.*?(?======|\Z)", re.DOTALL)
_ACCESS = re.compile(r"^ +(?:Previous )?(?:atomic )?(read|write) of size \d+ at", re.M | re.I)
_OPTIONS = {"halt_on_error": 0, "ignore_noninstrumented_modules": 1, "report_thread_leaks": 0}


def run_for_races(
    binary: Path,
    command: RunCommand,
    directory: Path,
    clang: Clang,
    timeout: float,
    league: League,
    sources: Mapping[str, bytes],
    watching: Watching,
) -> RaceRun:
    """Run a program that was built with ThreadSanitizer; ``sources`` are its texts, by path.

    Raises VerificationError when it cannot be started.
    """
    log = directory.with_name(f"{directory.name}.tsan")
    report = directory.with_name(f"{directory.name}.launches")
    teams, threads = league.value
    environment = {
        **sanitizer_environment(clang, command),
        "TSAN_OPTIONS": sanitizer_options(
            {**_OPTIONS, "log_path": log, "external_symbolizer_path": symbolizer(clang)}
        ),
        "OMP_TOOL_LIBRARIES": str(archer_library(clang)),
        "OMP_NUM_TEAMS": str(teams),
        "OMP_TEAMS_THREAD_LIMIT": str(threads),
        # else the league is as large as the machine: one thread in each of two teams
        "KMP_TEAMS_THREAD_LIMIT": str(teams * threads),
        "S2S_RACE_TEAMS": str(teams),
        "S2S_RACE_THREADS": str(threads),
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
