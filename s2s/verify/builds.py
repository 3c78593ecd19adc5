# SPDX-License-Identifier: Apache-2.0
"""Tier T0: build the original and the result, and compile the result for GPUs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from s2s.toolchain.gcc import discover_gcc
from s2s.verify.base import Step, StepStatus
from s2s.verify.compile import Build, Mode, Program, Unit, is_object
from s2s.verify.instrumented import InstrumentedProgram
from s2s.verify.leagues import WHOLE_LEAGUES_SOURCE
from s2s.verify.outcomes import ORIGINAL
from s2s.verify.project.units import SourceUnit
from s2s.verify.session import Session
from s2s.verify.static.gcc_offload import PREFIX, first_error, works
from s2s.verify.static.kernels import GpuBuild
from s2s.verify.static.static_checks import check_unit, note_unit_checks, objects_of, unit_pairs

RESULT = "result"
DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Builds:
    """What was built; a binary is None where that failed.

    ``variants`` are the result (``result``) and, where it has thresholds, the result without them
    (``device``). ``on_host`` tells that the original is the offload program itself. ``obstacle``
    says why a build is of no use though nothing is wrong with the program.
    """

    original: Path | None
    variants: dict[str, Path | None]
    on_host: bool
    obstacle: str = ""


def build_programs(session: Session) -> Builds:
    """Build the original and the variants side by side, and note how that went.

    A program without an original is compared with itself without OpenMP, as a serial program, or,
    where it needs OpenMP's functions, with its run on one thread of the host.
    """
    request, compiler = session.request, session.compiler
    programs = [_original(session)]
    programs += [
        _with_whole_leagues(session, _variant(session, name, text))
        for name, text in _variants(session).items()
    ]
    on_host = False
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        gpu = [
            pool.submit(compiler.compile_for_gpu, unit, arch)
            for arch in request.gpu_architectures
            for unit in (programs[1].units if request.units else programs[1].units[:1])
        ]
        pairs = unit_pairs(programs[0], programs[1])
        checks = [pool.submit(check_unit, session, *pair) for pair in pairs]
        builds = compiler.build(programs, pool)
        needs_openmp = any(b"_OPENMP" in text for text in session.texts)
        if request.against_itself and (builds[0].binary is None or needs_openmp):
            on_host = True  # the same program, run in another way
            builds = (replace(builds[1], name=ORIGINAL), *builds[1:])
    for build in builds:
        _note_build(session, build)
    objects = [objects_of(*built) for built in zip(programs[:2], builds[:2], strict=True)]
    note_unit_checks(session, [check.result() for check in checks], *objects)
    for future in gpu:
        _note_gpu_build(session, future.result())
    variants = {build.name: build.binary for build in builds[1:]}
    return Builds(builds[0].binary, variants, on_host)


def device_program(session: Session) -> InstrumentedProgram:
    """Return the variant in which every region runs on the device, for instrumented builds."""
    name, text = next(reversed(_variants(session).items()))
    program = _variant(session, name, text)
    return InstrumentedProgram(program.units, program.objects, session.sources)


def _variants(session: Session) -> dict[str, bytes]:
    """Return the texts to build and run, by name; the last one is that for the device."""
    texts = {RESULT: session.request.result_text}
    if session.device_text != session.request.result_text:
        texts[DEVICE] = session.device_text
    return texts


def _original(session: Session) -> Program:
    request = session.request
    if request.original_units:
        return _program(session, ORIGINAL, _units(session, request.original_units, Mode.SERIAL))
    unit = Unit(request.original, request.original, Mode.SERIAL)
    return _program(session, ORIGINAL, (unit,))


def _variant(session: Session, name: str, text: bytes) -> Program:
    request = session.request
    if request.units:
        return _program(session, name, _units(session, request.units, Mode.OFFLOAD))
    source = session.scratch / name / request.original.name
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(text)
    unit = Unit(source, request.result or request.original, Mode.OFFLOAD)
    return _program(session, name, (unit,))


def _units(session: Session, sources: Sequence[SourceUnit], mode: Mode) -> tuple[Unit, ...]:
    """Return units to compile; one that includes other neighbours than its own is a copy."""
    units = []
    for number, unit in enumerate(sources):
        source = unit.source
        if unit.neighbours:
            source = session.scratch / f"{mode.value}-{number}" / unit.source.name
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(unit.source.read_bytes())
        quoted = tuple(f"-iquote{folder}" for folder in unit.neighbours)
        arguments = (*quoted, *unit.arguments)
        units.append(Unit(source, unit.source, mode, arguments, unit.directory))
    return tuple(units)


def _program(session: Session, name: str, units: tuple[Unit, ...]) -> Program:
    extra = session.request.extra_sources
    more = [Unit(path, path, units[0].mode) for path in extra if not is_object(path)]
    return Program(name, (*units, *more), tuple(path for path in extra if is_object(path)))


def _with_whole_leagues(session: Session, program: Program) -> Program:
    """Return a variant with the runtime that gives constructs the leagues they ask for."""
    if not session.deals_by_number:
        return program
    made = session.compiler.compile_runtime(program.name, (WHOLE_LEAGUES_SOURCE,))
    return replace(program, objects=(*program.objects, *made))


def _note_build(session: Session, build: Build) -> None:
    passed = build.binary is not None
    session.evidence.step(f"compile {build.name}", passed, build.messages, build.seconds)


def _note_gpu_build(session: Session, build: GpuBuild) -> None:
    """Note a build for a GPU; what gcc refuses and clang takes is no fault of the result."""
    evidence, name = session.evidence, f"compile for {build.arch}"
    evidence.kernels += build.kernels
    if build.ok or not build.arch.startswith(PREFIX):
        evidence.step(name, build.ok, build.messages, build.seconds)
        return
    evidence.steps.append(Step(name, StepStatus.SKIPPED, build.messages, build.seconds))
    gcc, device = discover_gcc(), build.arch.removeprefix(PREFIX)
    if gcc is not None and works(gcc, build.arch, session.scratch):
        evidence.notes.append(
            f"gcc {gcc.version} does not compile it for {device}: {first_error(build.messages)}"
        )
