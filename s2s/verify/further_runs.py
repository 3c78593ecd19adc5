# SPDX-License-Identifier: Apache-2.0
"""Tier T1 beyond one run: other numbers of teams and threads, other inputs.

What goes wrong with one shape of the league may go right with another: a team's private copy that
should have been the league's, a count of iterations that only happens to be divisible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s2s.verify.outcomes import Outcome, Reference, noted, run_original
from s2s.verify.run import RunCommand, run_on_device
from s2s.verify.session import Session

CHEAP_SECONDS = 1.5
"""Runs with other shapes may take so long together; more would make a verification slow."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How many teams and threads in each a run is given; a clause of the program's wins."""

    teams: int
    threads: int

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """The variables that ask for it; libomp caps the threads of a team by its own one."""
        return (
            ("OMP_NUM_TEAMS", str(self.teams)),
            ("OMP_TEAMS_THREAD_LIMIT", str(self.threads)),
            ("KMP_TEAMS_THREAD_LIMIT", str(self.teams * self.threads)),
            ("OMP_NUM_THREADS", str(self.threads)),
        )

    def __str__(self) -> str:
        return f"{self.teams}x{self.threads}"


SHAPES = (Shape(3, 2), Shape(1, 1), Shape(5, 3))
"""A few threads, one, and more than a laptop has processors.

libomp 19 has room for 32 threads on a small machine and fails an assertion when a league of more
starts, so that all of them stay well below.
"""

_RUNTIME_GAVE_UP = b"Assertion failure at kmp_"
"""What libomp says when a program asks for more threads than it has room for."""


def run_with_shapes(
    session: Session, reference: Reference, name: str, binary: Path, seconds: float
) -> None:
    """Repeat the variant ``name`` with other shapes, each compared with the original.

    Stops at the first difference, and when the runs take long; the first one took ``seconds``. A
    note says so.
    """
    spent = 0.0
    for shape in SHAPES:
        if spent + seconds > CHEAP_SECONDS:
            session.evidence.notes.append(
                f"a run takes {seconds:.1f} s: not repeated with {shape} teams and threads"
            )
            return
        run = f"{name}, {shape}"
        own = reference.command.environment  # what the user sets stays
        command = replace(reference.command, environment=(*shape.environment, *own))
        outcome = _on_device(session, run, binary, command)
        if _RUNTIME_GAVE_UP in outcome.execution.stderr:
            session.evidence.notes.append(f"the OpenMP runtime gave up with {shape} threads")
            return
        if not reference.compare(run, outcome):
            return
        seconds = outcome.execution.seconds
        spent += seconds


def run_with_inputs(session: Session, reference: Reference, variants: Mapping[str, Path]) -> None:
    """Run original and variants with every further input, and compare."""
    for case in session.cases:
        here = replace(session, overlay=case.overlay)
        suffix = f" for {case.name}"
        mine = run_original(here, case.command, reference.binary, reference.on_host, suffix)
        if mine.obstacle:
            session.evidence.notes.append(f"case '{case.name}' says nothing: {mine.obstacle}")
            continue
        for name, binary in variants.items():
            mine.compare(
                f"{name}{suffix}", _on_device(here, f"{name}{suffix}", binary, case.command)
            )


def _on_device(session: Session, name: str, binary: Path, command: RunCommand) -> Outcome:
    """Run on the host device; the profile is that of the first run that launches something."""
    directory = session.directory(name)
    timeout = session.request.timeout_s
    execution = run_on_device(binary, command, directory, session.clang, timeout)
    transfers = session.evidence.transfers
    if transfers is None or transfers.launches == 0:
        session.evidence.transfers = execution.transfers
    return noted(session, name, execution, directory)
