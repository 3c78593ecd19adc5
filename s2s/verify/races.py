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
from s2s.verify.directives import Directive, blanked, directives_of, statement_after
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


class League(Enum):
    """Teams and threads of a run."""

    SQUARE = (2, 2)
    ONE_TEAM = (1, 7)


@dataclass(frozen=True, slots=True)
class RaceRun:
    """A run under the race detector."""

    execution: Execution
    findings: tuple[Finding, ...]


_WORKSHARING = re.compile(rb"\b(?:parallel[ \t\\\r\n]+)?for\b")
# clang 19 gets 'target … nowait schedule(static, 1)' wrong: no iteration is run
_FIXED = re.compile(rb"\bschedule[ \t]*\(|\bnowait\b|\bcancel(?:lation)?\b")
_COMMENT = re.compile(rb"//|/\*")
_DEFAULTS = re.compile(rb"\bdefaultmap\b|\bdefault[ \t]*\([ \t]*none\b")
_ASSIGNED = re.compile(
    rb"(?<![\w.>\]])(?P<a>[A-Za-z_]\w*)\s*(?:(?:<<|>>|[-+*/%&|^])?=(?!=)|\+\+|--)"
    rb"|(?:\+\+|--)\s*(?P<b>[A-Za-z_]\w*)(?!\s*(?:\[|->|\.))"
)
_DECLARED = re.compile(
    rb"(?:^|[;{}]|\bfor\s*\()\s*(?!(?:return|else|do|goto|case)\b)(?:[A-Za-z_]\w*\s+)*"
    rb"[A-Za-z_]\w*[\s*&]+([A-Za-z_]\w*)\s*(?=[=;,\[({:])"
)
_FOR_VARIABLE = re.compile(rb"\bfor\s*\(\s*(?:[\w\s*]*?\s)?([A-Za-z_]\w*)\s*=")
_REPORT = re.compile(r"WARNING: ThreadSanitizer: data race.*?(?======|\Z)", re.DOTALL)
_ACCESS = re.compile(r"^ +(?:Previous )?(?:atomic )?(read|write) of size \d+ at", re.M | re.I)
_OPTIONS = {"halt_on_error": 0, "ignore_noninstrumented_modules": 1, "report_thread_leaks": 0}


def arranged_for_races(text: bytes) -> bytes:
    """Return a text, on the same lines, in which more of the races show.

    Worksharing loops get ``schedule(static, 1)``, save those with a schedule of their own, and
    target tasks (``nowait``). Combined constructs that assign to scalars that no clause names get
    ``defaultmap(to: scalar)``: such a scalar is one for all threads (OpenMP 5.2, 5.1.1), but clang
    gives every thread a copy, and only a mapped one shows what other compilers do.
    """
    out, done = [], 0
    for directive in directives_of(text):
        out += [text[done : directive.begin], _arranged(directive, text)]
        done = directive.end
    return b"".join((*out, text[done:]))


def _arranged(directive: Directive, text: bytes) -> bytes:
    code = _COMMENT.split(directive.text, maxsplit=1)[0].rstrip()
    clauses = b""
    if not _FIXED.search(code) and _WORKSHARING.search(code.split(b"(")[0]):
        clauses += b" schedule(static, 1)"
    if _shares_scalars(directive, text):
        clauses += b" defaultmap(to: scalar)"
    return code + clauses + directive.text[len(code) :] if clauses else directive.text


def _shares_scalars(directive: Directive, text: bytes) -> bool:
    """Tell whether a construct assigns to scalars that neither a clause nor a declaration names.

    Where in doubt, it says so: then scalars are read from memory, which costs time only.
    """
    if not directive.has(b"target", b"parallel") or _DEFAULTS.search(directive.text):
        return False
    end = statement_after(text, directive.end)
    region = blanked(text[directive.end : end]) if end is not None else b""
    assigned = {match["a"] or match["b"] for match in _ASSIGNED.finditer(region)}
    headers = _FOR_VARIABLE.findall(region)[: _collapsed(directive)]
    declared = set(_DECLARED.findall(region))
    named = set(re.findall(rb"[A-Za-z_]\w*", directive.text))
    return bool(assigned - named - declared - set(headers))


def _collapsed(directive: Directive) -> int:
    match = re.search(rb"\bcollapse[ \t]*\([ \t]*(\d+)", directive.text)
    return int(match[1]) if match else 1


def run_for_races(
    binary: Path,
    command: RunCommand,
    directory: Path,
    clang: Clang,
    timeout: float,
    league: League,
    sources: Mapping[str, bytes],
) -> RaceRun:
    """Run a program that was built with ThreadSanitizer; ``sources`` are its texts, by path.

    Raises VerificationError when it cannot be started.
    """
    log = directory.with_name(f"{directory.name}.tsan")
    teams, threads = league.value
    environment = {
        **sanitizer_environment(clang, command),
        "TSAN_OPTIONS": sanitizer_options(
            {**_OPTIONS, "log_path": log, "external_symbolizer_path": symbolizer(clang)}
        ),
        "OMP_TOOL_LIBRARIES": str(archer_library(clang)),
        "OMP_NUM_TEAMS": str(teams),
        "OMP_TEAMS_THREAD_LIMIT": str(threads),
        "S2S_RACE_TEAMS": str(teams),
        "S2S_RACE_THREADS": str(threads),
    }
    done = execute(binary, command, directory, environment, timeout, PlainSink())
    text = "".join(
        path.read_text("utf-8", "replace") for path in sorted(log.parent.glob(f"{log.name}.*"))
    )
    return RaceRun(done, races_in(text, sources))


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
