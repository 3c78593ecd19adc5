# SPDX-License-Identifier: Apache-2.0
"""Tier T0 beside compiling: structure, interface, and mappings that nobody asked for.

A result of s2s must be the original but for directives and the edits that its plan declares: any
other difference is a failure. People who port by hand restructure; what they did is told in notes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from s2s.verify.base import Step, StepStatus
from s2s.verify.compile import Build, Mode, Program, Unit
from s2s.verify.invocation import Invocation
from s2s.verify.session import Session
from s2s.verify.static.implicit_maps import ImplicitMap, describe_implicit_maps, implicit_maps
from s2s.verify.static.interface import (
    InterfaceComparison,
    InterfaceDifference,
    ObjectPair,
    compare_interfaces,
    device_symbols,
    missing_on_device,
)
from s2s.verify.static.structure import StructureComparison, compare_structure
from s2s.verify.static.symbols import Symbol

STRUCTURE_STEP = "compare structure"
INTERFACE_STEP = "compare interface"

_DECLARE_TARGET = re.compile(rb"\bomp\s+(?:begin\s+)?declare\s+target\b")


@dataclass(frozen=True, slots=True)
class UnitFindings:
    """What was found of one unit before it was linked.

    ``structure`` is None for a unit that is the same on both sides, ``on_device`` for an original
    that declares nothing for the device.
    """

    original: Unit
    result: Unit
    is_cxx: bool
    structure: StructureComparison | None
    maps: tuple[ImplicitMap, ...]
    on_device: dict[str, Symbol] | None
    seconds: float


def unit_pairs(original: Program, result: Program) -> tuple[tuple[Unit, Unit], ...]:
    """Return the units of the original with those of the result that stand for them.

    They are in the same order, or, where one side has more of them, of the same name.
    """
    before, after = _own_units(original), _own_units(result)
    if len(before) == len(after):
        return tuple(zip(before, after, strict=True))
    named = {unit.stands_for.name: unit for unit in before}
    pairs = ((named.get(unit.stands_for.name), unit) for unit in after)
    return tuple((one, two) for one, two in pairs if one is not None)


def objects_of(program: Program, build: Build) -> dict[Unit, Path]:
    """Return the object file of each unit, those of our own runtime left out."""
    return {
        unit: path
        for unit, path in zip(program.units, build.objects, strict=False)
        if unit.mode is not Mode.RUNTIME
    }


def _own_units(program: Program) -> list[Unit]:
    return [unit for unit in program.units if unit.mode is not Mode.RUNTIME]


def check_unit(session: Session, original: Unit, result: Unit) -> UnitFindings:
    """Compare one unit of the result with that of the original, and look for implicit mappings.

    Raises VerificationError when the compiler cannot be started.
    """
    started = time.perf_counter()
    declared = session.request.declared_edits
    before = session.compiler.invocation(original, "structure")
    after = session.compiler.invocation(result, "structure")
    text = original.source.read_bytes()
    structure = None
    if text != result.source.read_bytes():
        structure = compare_structure(before, after, declared or frozenset())
    on_device = None
    if structure is not None and _DECLARE_TARGET.search(text):
        on_device = _declared_for_device(before)
    return UnitFindings(
        original,
        result,
        before.is_cxx,
        structure,
        implicit_maps(after) if declared is None else (),
        on_device,
        time.perf_counter() - started,
    )


def _declared_for_device(original: Invocation) -> dict[str, Symbol] | None:
    """Return what an original has on the device when it is built for the host device."""
    target = original.scratch / "offload.o"
    offload = ("-fopenmp", f"-fopenmp-targets={original.clang.host_triple}", "-w", "-O2")
    done = original.run(*offload, "-c", "-o", str(target))
    if done.exit_code != 0:
        return None
    return device_symbols(target, original.clang, original.scratch)


def note_unit_checks(
    session: Session,
    findings: Sequence[UnitFindings],
    original: Mapping[Unit, Path],
    result: Mapping[Unit, Path],
) -> None:
    """Note the findings of all units and compare their object files, once both sides compile."""
    if not (original and result):
        return
    several = len(findings) > 1
    for found in findings:
        name = f"{found.result.stands_for.name}: " if several else ""
        _note_structure(session, found, name)
        session.evidence.notes += [name + n for n in describe_implicit_maps(found.maps)]
    if any(f.structure for f in findings):
        _note_interface(session, findings, original, result)


def _note_structure(session: Session, found: UnitFindings, name: str) -> None:
    """Note how the code of a unit compares; own results must be the same."""
    structure, evidence = found.structure, session.evidence
    if structure is None:
        return
    evidence.notes += [name + note for note in structure.notes]
    if not structure.compared:
        evidence.steps.append(Step(STRUCTURE_STEP, StepStatus.SKIPPED, "", found.seconds))
        return
    detail = f"{name}differs beyond directives {structure}" if structure.changed else ""
    if detail and session.request.declared_edits is not None:
        detail = f"{name}the code differs where the plan declares no edit: {structure}"
        evidence.step(STRUCTURE_STEP, False, detail, found.seconds)
        return
    evidence.step(STRUCTURE_STEP, True, detail, found.seconds)
    if detail:
        evidence.notes.append(detail)


def _note_interface(
    session: Session,
    findings: Sequence[UnitFindings],
    original: Mapping[Unit, Path],
    result: Mapping[Unit, Path],
) -> None:
    """Note how the symbols compare that the units offer to others, and those on the device."""
    started = time.perf_counter()
    clang, evidence = session.clang, session.evidence
    is_cxx = any(found.is_cxx for found in findings)
    pairs = [
        *(ObjectPair(path, None, is_cxx) for path in original.values()),
        *(ObjectPair(None, path, is_cxx) for path in result.values()),
    ]
    compared = compare_interfaces(pairs, clang)
    if compared.reason:
        evidence.notes.append(f"the interface was not compared: {compared.reason}")
        return
    lost = _lost_on_device(session, findings, result)
    own = session.request.declared_edits is not None
    faults = [str(d) for d in _faults(compared, own)] + (lost if own else [])
    others = [str(d) for d in compared.differences if str(d) not in faults]
    others += [] if own else lost
    detail = "; ".join(faults) or f"{compared.symbols} external symbols"
    evidence.step(INTERFACE_STEP, not faults, detail, time.perf_counter() - started)
    if others:
        evidence.notes.append(f"the interface differs: {'; '.join(others)}")


def _faults(compared: InterfaceComparison, own: bool) -> tuple[InterfaceDifference, ...]:
    """Return the differences that are faults, not just worth a note.

    A whole program has no users of its symbols but itself, and linking has asked those; a unit of a
    library must keep what it offers, and may add to it.
    """
    if own:
        return compared.differences
    return () if compared.is_program else compared.of("missing", "changed")


def _lost_on_device(
    session: Session, findings: Sequence[UnitFindings], result: Mapping[Unit, Path]
) -> list[str]:
    """Return what the original declares for the device and the result does not."""
    out: list[str] = []
    for found in findings:
        target = result.get(found.result)
        if found.on_device is None or target is None:
            continue
        scratch = session.compiler.invocation(found.result, "interface").scratch
        there = device_symbols(target, session.clang, scratch) or {}
        names = missing_on_device(found.on_device, there, session.clang)
        out += (f"{name}: is no longer declared for the device" for name in names)
    return out
