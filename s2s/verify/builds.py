# SPDX-License-Identifier: Apache-2.0
"""Tier T0: build the original and the result, and compile the result for GPUs."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from s2s.toolchain.gcc import discover_gcc
from s2s.verify.base import Step, StepStatus
from s2s.verify.compile import Build, Mode, Program, Unit, is_object
from s2s.verify.gcc_offload import PREFIX, first_error, works
from s2s.verify.instrumented import InstrumentedProgram
from s2s.verify.kernels import GpuBuild
from s2s.verify.outcomes import ORIGINAL
from s2s.verify.session import Session
from s2s.verify.static_checks import check_unit, note_unit_checks

RESULT = "result"
DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Builds:
    """What was built; a binary is None where that failed.

    ``variants`` are the result (``result``) and, where it has thresholds, the result without them
    (``device``). ``on_host`` tells that the original is the offload program itself.
    """

    original: Path | None
    variants: dict[str, Path | None]
    on_host: bool


def build_programs(session: Session) -> Builds:
    """Build the original and the variants side by side, and note how that went.

    A program without an original is compared with itself without OpenMP, as a serial program, or,
    where it needs OpenMP's functions, with its run on one thread of the host.
    """
    request, compiler = session.request, session.compiler
    original = request.original
    programs = [_program(session, ORIGINAL, original, original, Mode.SERIAL)]
    programs += [
        _program(session, name, _written(session, name, text), _stands_for(session), Mode.OFFLOAD)
        for name, text in _variants(session).items()
    ]
    on_host = False
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        gpu = [
            pool.submit(compiler.compile_for_gpu, programs[1].units[0], arch)
            for arch in request.gpu_architectures
        ]
        pairs = zip(programs[0].units, programs[1].units, strict=True)
        checks = [pool.submit(check_unit, session, *pair) for pair in pairs]
        builds = compiler.build(programs, pool)
        needs_openmp = b"_OPENMP" in request.result_text
        if request.against_itself and (builds[0].binary is None or needs_openmp):
            on_host = True
            programs[0] = _program(session, ORIGINAL, original, original, Mode.OFFLOAD)
            builds = (*compiler.build(programs[:1], pool), *builds[1:])
    for build in builds:
        _note_build(session, build)
    note_unit_checks(session, [check.result() for check in checks], builds[0], builds[1])
    for future in gpu:
        _note_gpu_build(session, future.result())
    variants = {build.name: build.binary for build in builds[1:]}
    return Builds(builds[0].binary, variants, on_host)


def device_program(session: Session) -> InstrumentedProgram:
    """Return the variant in which every region runs on the device, for instrumented builds."""
    name = next(reversed(_variants(session)))
    source = session.scratch / name / session.request.original.name
    program = _program(session, name, source, _stands_for(session), Mode.OFFLOAD)
    texts = {unit.stands_for: unit.source.read_bytes() for unit in program.units}
    return InstrumentedProgram(
        program.units, program.objects, {str(k.absolute()): v for k, v in texts.items()}
    )


def _variants(session: Session) -> dict[str, bytes]:
    """Return the texts to build and run, by name; the last one is that for the device."""
    texts = {RESULT: session.request.result_text}
    if session.device_text != session.request.result_text:
        texts[DEVICE] = session.device_text
    return texts


def _written(session: Session, name: str, text: bytes) -> Path:
    source = session.scratch / name / session.request.original.name
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(text)
    return source


def _stands_for(session: Session) -> Path:
    """Return the file whose name the result bears."""
    return session.request.result or session.request.original


def _program(session: Session, name: str, source: Path, stands_for: Path, mode: Mode) -> Program:
    extra = session.request.extra_sources
    units = [Unit(source, stands_for, mode)]
    units += [Unit(path, path, mode) for path in extra if not is_object(path)]
    return Program(name, tuple(units), tuple(path for path in extra if is_object(path)))


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
