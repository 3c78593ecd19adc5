# SPDX-License-Identifier: Apache-2.0
"""Translate a C program, build original and result, run both, compare what they print."""

from __future__ import annotations

import math
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from s2s.driver import OffloadOptions, OffloadResult, offload
from s2s.errors import S2SError
from s2s.toolchain.clang import Clang
from s2s.verify.run import RunCommand, host_environment, run_on_device

RUN_SECONDS = 30.0
ORIGINAL_SECONDS = 4.0
THREADS = ("4", "7", "1")
"""A race shows with some numbers of threads only; stale data shows with one as well."""
DOUBLE_TOLERANCE, FLOAT_TOLERANCE = 1e-7, 2e-5
"""Relative; sums may be reordered, and ``%.10g`` prints fewer digits than a double has."""
COMMON_FLAGS = ("-O1", "-w", "-ffp-contract=off")


class Status(StrEnum):
    """How a trial ended; the first two are good."""

    EQUAL = "equal"
    UNUSABLE = "unusable"  # the original does not build, crashes, or takes too long
    REFUSED = "refused"  # s2s raised an error
    CRASHED = "crashed"  # s2s died of a bug
    NOT_IDEMPOTENT = "not idempotent"
    NOT_COMPILED = "not compiled"
    FAILED = "failed"  # the result died or did not end
    UNMAPPED = "unmapped"  # a kernel got a pointer to which nothing is mapped
    DIFFERENT = "different"


GOOD = (Status.EQUAL, Status.UNUSABLE)


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one program, with the counts of what was emitted and run."""

    name: str
    status: Status
    message: str = ""
    emitted: Counter[str] = field(default_factory=Counter)
    launches: int = 0
    seconds: float = 0.0


def try_program(source: Path, clang: Clang, flags: Iterable[str] = ()) -> Trial:
    """Translate ``source`` with thresholds off and compare the runs; files lie beside it."""
    flags = (*COMMON_FLAGS, *flags)
    original = source.with_suffix(".original")
    message = _build(clang, source, original, flags)
    if message:
        return Trial(source.name, Status.UNUSABLE, message)
    expected = _run_original(original, clang)
    if expected is None:
        return Trial(source.name, Status.UNUSABLE, "the original fails or takes too long")
    options = OffloadOptions(clang_args=_parser_flags(flags), thresholds=False)
    try:
        result = offload(source, options)
        again = _translated_again(result, options)
    except S2SError as error:
        return Trial(source.name, Status.REFUSED, str(error))
    except Exception as error:  # noqa: BLE001  a crash is what this looks for
        return Trial(source.name, Status.CRASHED, f"{type(error).__name__}: {error}")
    emitted = _counts(result)
    if again != result.text:
        return Trial(source.name, Status.NOT_IDEMPOTENT, "", emitted, seconds=result.seconds)
    return _compare(source, result, expected, clang, flags, emitted)


def _translated_again(result: OffloadResult, options: OffloadOptions) -> bytes:
    """Translate the result; it lies beside the source, where its includes are found."""
    translated = _result_path(result.source.path)
    translated.write_bytes(result.text)
    return offload(translated, options).text


def _result_path(source: Path) -> Path:
    return source.with_name(f"{source.stem}_omp.c")


def _compare(
    source: Path,
    result: OffloadResult,
    expected: str,
    clang: Clang,
    flags: tuple[str, ...],
    emitted: Counter[str],
) -> Trial:
    binary = source.with_suffix(".offload")
    offload_flags = ("-fopenmp", f"-fopenmp-targets={clang.host_triple}", "-gline-tables-only")
    launches = 0

    def ended(status: Status, message: str = "") -> Trial:
        return Trial(source.name, status, message, emitted, launches, result.seconds)

    message = _build(clang, _result_path(source), binary, (*flags, *offload_flags))
    if message:
        return ended(Status.NOT_COMPILED, message)
    for threads in THREADS:
        command = RunCommand(environment=(("OMP_NUM_THREADS", threads),))
        done = run_on_device(binary, command, source.parent, clang, RUN_SECONDS)
        if done.transfers is not None:
            launches = done.transfers.launches
        if done.exit_code != 0:
            return ended(Status.FAILED, done.describe())
        if done.transfers is not None and done.transfers.unmapped:
            places = ", ".join(f"{u.name} (line {u.line})" for u in done.transfers.unmapped)
            return ended(Status.UNMAPPED, places)
        tolerance = FLOAT_TOLERANCE if b"float " in result.text else DOUBLE_TOLERANCE
        difference = first_difference(expected, done.stdout.decode(), tolerance)
        if difference:
            return ended(Status.DIFFERENT, f"{threads} threads: {difference}")
    return ended(Status.EQUAL)


def _build(clang: Clang, source: Path, binary: Path, flags: Iterable[str]) -> str:
    """Return the compiler's messages when it failed, otherwise nothing."""
    command = [str(clang.path), *flags, str(source), "-lm", "-o", str(binary)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return done.stderr[:2000] if done.returncode else ""


def _run_original(binary: Path, clang: Clang) -> str | None:
    try:
        done = subprocess.run(
            [binary],
            capture_output=True,
            text=True,
            check=False,
            timeout=ORIGINAL_SECONDS,
            env=host_environment(clang, {}),
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


def _parser_flags(flags: Iterable[str]) -> tuple[str, ...]:
    return tuple(f for f in flags if f.startswith(("-I", "-D", "-std", "-isystem")))


def _counts(result: OffloadResult) -> Counter[str]:
    plan = result.plan
    return Counter(
        {
            "regions": len(plan.regions),
            "serial regions": sum(r.serial for r in plan.regions),
            "reductions": sum(bool(r.reductions or r.extrema) for r in plan.regions),
            "data environments": len(plan.data),
            "updates": len(plan.updates),
            "atomics": len(plan.atomics),
            "guards": len(plan.guards),
            "loops": len(plan.loops),
        }
    )


_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)", re.IGNORECASE)


def first_difference(expected: str, actual: str, tolerance: float = DOUBLE_TOLERANCE) -> str:
    """Return the first line that differs by more than rounding, or nothing.

    Integers and words must be the same; a NaN differs from everything.
    """
    mine, theirs = expected.splitlines(), actual.splitlines()
    for number, (one, two) in enumerate(zip(mine, theirs, strict=False), 1):
        if one != two and not _same_line(one, two, tolerance):
            return f"line {number}: expected '{one}', got '{two}'"
    if len(mine) != len(theirs):
        return f"{len(theirs)} lines instead of {len(mine)}"
    return ""


def _same_line(one: str, two: str, tolerance: float) -> bool:
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", two):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(two), strict=True)
    return all(a == b or _close(a, b, tolerance) for a, b in pairs)


def _close(a: str, b: str, tolerance: float) -> bool:
    if not any(c in a + b for c in ".e"):
        return False
    x, y = float(a), float(b)
    return math.isfinite(x) and math.isclose(x, y, rel_tol=tolerance, abs_tol=1e-9)


def summary(trials: Iterable[Trial]) -> str:
    """Return a few lines for people: how many ended how, what was emitted, what went wrong."""
    trials = list(trials)
    statuses = Counter(t.status for t in trials)
    emitted = sum((t.emitted for t in trials), Counter())
    lines = [f"{len(trials)} programs: " + ", ".join(f"{n} {s}" for s, n in statuses.items())]
    lines.append(", ".join(f"{count} {what}" for what, count in emitted.items()))
    offloaded = sum(bool(t.emitted["regions"]) for t in trials)
    launches = sum(t.launches for t in trials)
    lines.append(f"{offloaded} programs with regions, {launches} launches")
    lines += [
        f"{t.name}: {t.status}: {t.message.strip()[:1500]}" for t in trials if t.status not in GOOD
    ]
    return os.linesep.join(lines)
