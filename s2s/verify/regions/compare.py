# SPDX-License-Identifier: Apache-2.0
"""Compare mode: run every target region serially as well, from what the device had, and compare.

The program is built from a copy of its text that holds each region twice (region_text), with a
runtime of ours (``runtime/region.h``), and run on the host device. A region's serial run starts
from the device's own values, so that what differs is what this region computes wrongly: a race, a
dependence, a missing ``private`` or ``reduction``. Wrong transfers are left to T1 and T2.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.builds import device_program
from s2s.verify.compile import Mode, Program, Unit
from s2s.verify.findings import Place
from s2s.verify.instrument import RUNTIME
from s2s.verify.outcomes import Reference
from s2s.verify.regions.report import (
    RegionComparison,
    RegionDifference,
    first_difference,
    summary,
)
from s2s.verify.regions.text import ITEMS_FILE, ComparedRegion, instrumented, regions_in
from s2s.verify.run import Execution, PlainSink, RunCommand, device_environment, execute
from s2s.verify.session import Session
from s2s.verify.tiers import Tier

NAME = "region comparison"
SLOWDOWN = 3.0
"""How much longer than an ordinary run a run in compare mode may take."""
COMPARING = 1.5
"""How much of that copies and serial runs may take; then launches are no longer compared."""

_RUNTIME = tuple(f"region_{part}.c" for part in ("memory", "launch", "serial", "values", "report"))
_REORDERS = frozenset(
    ("-ffast-math", "-Ofast", "-fassociative-math", "-funsafe-math-optimizations")
)
_ROUNDS = 4
_NOT_REACHED = "it was not launched"
_NOT_BUILT = "its text cannot be compiled a second time"


@dataclass(frozen=True, slots=True)
class RegionRun:
    """A run in compare mode; ``problem`` says why there was none."""

    regions: tuple[RegionComparison, ...] = ()
    execution: Execution | None = None
    directory: Path | None = None
    problem: str = ""


def compare_regions(session: Session, command: RunCommand) -> RegionRun:
    """Build and run the program in compare mode, and note both as steps.

    Raises VerificationError when it cannot be started.
    """
    program = device_program(session)
    units, regions = _instrumented_units(session, program.units)
    if not any(not each.region.obstacle for each in regions):
        return RegionRun(_comparisons(regions, ()))
    runtime = [Unit(RUNTIME / name, RUNTIME / name, Mode.RUNTIME) for name in _RUNTIME]
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        wanted = Program(NAME, (*units, *runtime), program.objects)
        (build,) = session.compiler.build([wanted], pool)
    passed = build.binary is not None
    session.evidence.step(f"compile for {NAME}", passed, build.messages, build.seconds)
    if build.binary is None:
        return RegionRun(problem="the build for comparing regions failed")
    directory = session.directory("regions")
    report = directory.with_name("regions.jsonl")
    done = _run(session, command, build.binary, directory, report)
    ended = done.exit_code is not None and done.exit_code >= 0
    session.evidence.step(f"run for {NAME}", ended, done.describe(), done.seconds)
    return RegionRun(_comparisons(regions, _records(report)), done, directory)


def compared_by_region(
    session: Session, report: VerificationReport, reference: Reference
) -> VerificationReport:
    """Go on from T1 with compare mode if it was asked for, or to tell where outputs part.

    Returns the report with what was found; a region that computes something else fails.
    """
    evidence = session.evidence
    explains = evidence.unequal is not None and evidence.failed_step is None
    if not session.has_regions or not (session.request.compare or explains):
        return report
    if session.project is not None:
        if session.request.compare:
            evidence.notes.append("regions were not compared: --build makes the program itself")
        return report
    run = compare_regions(session, reference.command)
    evidence.regions += run.regions
    if run.problem:
        evidence.notes.append(f"regions were not compared: {run.problem}")
    elif session.request.compare:
        evidence.notes.append(summary(run.regions))
    done = run.execution
    if done is not None and (done.exit_code is None or done.exit_code < 0):
        how = done.describe().splitlines()[0]
        evidence.notes.append(f"what came after is missing: the comparison of the regions {how}")
    found = first_difference(run.regions)
    if found is None:
        return evidence.again(report)
    where = f"the region at line {found.place.line}: {found.first}"
    if report.verdict is VerificationVerdict.FAILED:
        return evidence.failed(report.tier, f"{report.reason}; first differs after {where}")
    reason = f"a region computes something else than its serial text: {where}"
    return evidence.failed(Tier.HOST_DEVICE, reason)


def _run(
    session: Session, command: RunCommand, binary: Path, directory: Path, report: Path
) -> Execution:
    report.unlink(missing_ok=True)
    timeout = session.request.timeout_s
    environment = {
        **device_environment(session.clang, dict(command.environment)),
        "S2S_COMPARE_REPORT": str(report),
        "S2S_COMPARE_SECONDS": f"{COMPARING * timeout:g}",
    }
    environment.pop("LIBOMPTARGET_INFO", None)
    limit = SLOWDOWN * timeout
    return execute(binary, command, directory, environment, limit, PlainSink())


def _instrumented_units(
    session: Session, units: Iterable[Unit]
) -> tuple[list[Unit], list[ComparedRegion]]:
    """Write the copies; what does not compile twice is found out and left out."""
    out: list[Unit] = []
    regions: list[ComparedRegion] = []
    for number, unit in enumerate(units):
        text = unit.source.read_bytes()
        found = regions_in(text, str(unit.stands_for), len(regions))
        unit = replace(unit, mode=Mode.REGIONS)
        if any(not each.region.obstacle for each in found):
            copy = session.scratch / f"regions-{number}" / unit.source.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            unit = replace(unit, source=copy)
            found = _written(session, unit, text, found)
        out.append(unit)
        regions += found
    return out, regions


def _written(
    session: Session, unit: Unit, text: bytes, regions: tuple[ComparedRegion, ...]
) -> tuple[ComparedRegion, ...]:
    """Write the instrumented text of a unit; return its regions as they are compared."""
    items_left_out: dict[int, set[int]] = defaultdict(set)
    call = session.compiler.invocation(unit, "regions")
    combines = bool(_REORDERS.intersection(session.compiler.arguments))
    for _ in range(_ROUNDS):
        content = instrumented(
            text,
            regions,
            unit.source,
            is_cxx=call.is_cxx,
            items_left_out=items_left_out,
            combines=combines,
        )
        unit.source.write_bytes(content)
        done = call.run("-fsyntax-only", "-fopenmp", "-w", "-ferror-limit=0")
        if done.exit_code == 0:
            return regions
        messages = done.stderr.decode("utf-8", "replace")
        regions = _without_errors(messages, unit, text, regions, items_left_out)
    regions = tuple(_refused(each) for each in regions)
    unit.source.write_bytes(text)
    return regions


def _without_errors(
    messages: str,
    unit: Unit,
    text: bytes,
    regions: tuple[ComparedRegion, ...],
    items_left_out: dict[int, set[int]],
) -> tuple[ComparedRegion, ...]:
    """Leave out the items and regions that the compiler's messages speak of."""
    pattern = re.compile(rf"^(?:{ITEMS_FILE}(\d+)|{re.escape(str(unit.source))}):(\d+):", re.M)
    lines: set[int] = set()
    for item, line in pattern.findall(messages):
        if item:
            items_left_out[int(item)].add(int(line) - 1)
        else:
            lines.add(int(line))
    return tuple(
        _refused(each) if lines.intersection(_lines(each, text)) else each for each in regions
    )


def _lines(each: ComparedRegion, text: bytes) -> range:
    region = each.region
    return range(region.line, region.line + text.count(b"\n", region.begin, region.end) + 1)


def _refused(each: ComparedRegion) -> ComparedRegion:
    obstacle = each.region.obstacle or _NOT_BUILT
    return replace(each, region=replace(each.region, obstacle=obstacle))


def _records(report: Path) -> list[dict[str, Any]]:
    lines = report.read_bytes().splitlines() if report.is_file() else []
    out = []
    for line in lines:
        try:
            out.append(json.loads(line.decode("utf-8", "replace")))
        except ValueError:
            continue  # the program was stopped while it was written
    return out


def _comparisons(
    regions: Sequence[ComparedRegion], records: Sequence[Mapping[str, Any]]
) -> tuple[RegionComparison, ...]:
    out = {
        each.number: RegionComparison(
            Place(each.file, each.region.line, 0), obstacle=each.region.obstacle
        )
        for each in regions
    }
    combining = {each.number for each in regions if each.region.combines}
    for order, record in enumerate(records):
        number = record["region"]
        if record["kind"] == "obstacle":
            out[number] = replace(out[number], obstacle=record["reason"])
        else:
            out[number] = _with_launch(out[number], record, order, number in combining)
    return tuple(
        region if region.launches or region.obstacle else replace(region, obstacle=_NOT_REACHED)
        for region in out.values()
    )


def _with_launch(
    region: RegionComparison, record: Mapping[str, Any], order: int, combines: bool
) -> RegionComparison:
    """Add the comparison of a launch to what is known of its region."""
    first = region.first
    if first is None and record["differences"]:
        first = RegionDifference(
            variable=record["variable"],
            indices=tuple(record["indices"]),
            type=record["type"],
            serial=_shortened(record["serial"], record["type"]),
            device=_shortened(record["device"], record["type"]),
            launch=record["launch"],
            elements=record["differences"],
            order=order,
        )
    return replace(
        region,
        launches=region.launches + 1,
        elements=region.elements + record["elements"],
        inexact=region.inexact + record["inexact"],
        worst=max(region.worst, record["worst"]),
        tolerance=max(region.tolerance, record["relative"]),
        terms=max(region.terms, record["terms"]) if combines else 0,
        sensitive=region.sensitive + record["sensitive"],
        untyped=region.untyped + record["untyped"],
        first=first,
    )


def _shortened(value: str, kind: str) -> str:
    """Return a double in as many digits as tell it apart from others."""
    return repr(float(value)) if kind == "double" else value
