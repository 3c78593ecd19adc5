# SPDX-License-Identifier: Apache-2.0
"""Tier T2: run a program under the guard and read what it found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s2s.profile.redundancy import (
    NUMBERS,
    RedundantTransfer,
    TransferCounts,
    redundant_transfers,
)
from s2s.toolchain.clang import Clang
from s2s.verify.findings import Finding, FindingKind, Place, expression_at
from s2s.verify.instrument import sanitizer_environment, sanitizer_options, symbolizer
from s2s.verify.run import Execution, PlainSink, RunCommand, execute
from s2s.verify.stacks import first_place
from s2s.verify.tiers import Tier

_OPTIONS = {
    "detect_leaks": 0,
    "halt_on_error": 0,
    "detect_stack_use_after_return": 0,
    "suppress_equal_pcs": 0,
    "malloc_context_size": 8,
}


@dataclass(frozen=True, slots=True)
class GuardedRun:
    """A run under the guard: how it ended, what was found, how many kernels were watched.

    ``unguarded`` kernels were launched while other host threads were running, which makes the
    host's memory impossible to fence off; ``complete`` tells that the guard lived to the end.
    ``redundant`` is what the run need not have copied.
    """

    execution: Execution
    findings: tuple[Finding, ...]
    kernels: int
    unguarded: int
    complete: bool
    redundant: tuple[RedundantTransfer, ...] = ()


def run_guarded(
    binary: Path,
    command: RunCommand,
    directory: Path,
    clang: Clang,
    timeout: float,
    sources: Mapping[str, bytes],
    *,
    watch_reads: bool = False,
) -> GuardedRun:
    """Run a program that was built with the guard; ``sources`` are its texts, by path.

    ``watch_reads`` asks which copies to the host are never read, which can be told only where all
    code that reads the host's memory is built with the guard.
    Raises VerificationError when it cannot be started.
    """
    report = directory.with_name(directory.name + ".guard.jsonl")
    log = directory.with_name(directory.name + ".asan")
    report.unlink(missing_ok=True)
    environment = {
        **sanitizer_environment(clang, command),
        "ASAN_OPTIONS": sanitizer_options({**_OPTIONS, "log_path": log}),
        "ASAN_SYMBOLIZER_PATH": str(symbolizer(clang)),
        "S2S_GUARD_REPORT": str(report),
        "S2S_GUARD_WATCH": str(int(watch_reads)),
    }
    done = execute(binary, command, directory, environment, timeout, PlainSink())
    return _guarded(done, report, sources)


def _guarded(done: Execution, report: Path, sources: Mapping[str, bytes]) -> GuardedRun:
    findings: list[Finding] = []
    counts: list[TransferCounts] = []
    summary: dict[str, Any] = {}
    lines = report.read_bytes().splitlines() if report.is_file() else []
    for line in lines:
        try:
            record = json.loads(line.decode("utf-8", "replace"))
        except ValueError:
            continue  # the program died while it was written
        if record["kind"] == "summary":
            summary = record
        elif record["kind"] == "transfers":
            counts += _counts_of(record)
        else:
            findings.append(finding_of(record, sources))
    return GuardedRun(
        done,
        _without_echoes(findings),
        summary.get("kernels", 0),
        summary.get("unguarded", 0),
        bool(summary),
        redundant_transfers(counts, sources),
    )


def _counts_of(record: Mapping[str, Any]) -> list[TransferCounts]:
    """Read the counts of one list item; none for what has no place."""
    place = construct_place(record["construct"])
    variable = record["variable"].split(";")
    if place is None or len(variable) < 2:
        return []
    numbers = {name: record.get(name, 0) for name in NUMBERS}
    return [TransferCounts(place.file, place.line, variable[1], **numbers)]


def finding_of(record: Mapping[str, Any], sources: Mapping[str, bytes]) -> Finding:
    """Turn a line of the guard's report into a finding."""
    place = first_place(record["stack"], frozenset(sources))
    name, mapped = _map_name(record["variable"])
    variable = expression_at(sources.get(place.file, b""), place) if place else ""
    kind = FindingKind(record["kind"])
    host_side = kind.value.startswith("host-reads")
    return Finding(
        kind,
        Tier.GUARD,
        (name or variable) if host_side or not variable else variable,
        place,
        construct_place(record["construct"]),
        mapped,
        record["access"],
    )


def construct_place(text: str) -> Place | None:
    """Read libomptarget's ``;file;function;line;column;;``."""
    parts = text.split(";")
    if len(parts) < 5 or not parts[3].isdigit():
        return None
    return Place(parts[1], int(parts[3]), int(parts[4]) if parts[4].isdigit() else 0)


def _map_name(text: str) -> tuple[str, Place | None]:
    """Read libomptarget's ``;name;file;line;column;;``; the name loses its section."""
    parts = text.split(";")
    if len(parts) < 5 or not parts[3].isdigit():
        return "", None
    name = parts[1].split("[")[0].strip()
    return name, Place(parts[2], int(parts[3]), int(parts[4]) if parts[4].isdigit() else 0)


def _without_echoes(findings: list[Finding]) -> tuple[Finding, ...]:
    """Drop what says the same of the same line, and argument warnings that an access confirms."""
    used = {f.construct for f in findings if f.kind is FindingKind.UNMAPPED}
    out: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        if finding.kind is FindingKind.UNMAPPED_ARGUMENT and finding.construct in used:
            continue
        line = (finding.place.file, finding.place.line) if finding.place else finding.construct
        out.setdefault((finding.kind, finding.variable, line), finding)
    return tuple(out.values())
