# SPDX-License-Identifier: Apache-2.0
"""Tier T0 of programs that are built by the user's own build."""

from __future__ import annotations

import os
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

from s2s.verify.builds import DEVICE, RESULT, Builds
from s2s.verify.compile import Build, Mode
from s2s.verify.outcomes import ORIGINAL
from s2s.verify.project.builder import ProjectBuild, ProjectCompiler, UserBuild, Variant
from s2s.verify.session import Session


def build_projects(session: Session) -> Builds:
    """Have the user's build make the original and the variants, and note how that went.

    An original that does not get through serially, as it calls OpenMP's functions or its build
    asks for OpenMP, is built like the result, and runs on one thread of the host.
    """
    project, build = session.project, session.request.build
    assert project is not None and build is not None
    variants = project_variants(session)
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        futures = [pool.submit(project.build, variant, Mode.OFFLOAD) for variant in variants]
        serial = None if _needs_openmp(session) else _serial(project, build, pool)
        made = [_made(future.result()) for future in futures]
    on_host = serial is None or (serial.build.binary is None and not serial.obstacle)
    original = _on_host(session, made[0], serial) if on_host else serial
    assert original is not None
    for one in (original, *made):
        step = one.build
        session.evidence.step(
            f"compile {step.name}", step.binary is not None, step.messages, step.seconds
        )
    session.evidence.notes.append("nothing was compiled for a GPU: the build is the user's own")
    obstacle = next((one.obstacle for one in (original, *made) if one.obstacle), "")
    binaries = {one.build.name: one.build.binary for one in made}
    return Builds(original.build.binary, binaries, on_host, obstacle)


def project_variants(session: Session) -> list[Variant]:
    """Return what of the result is to be built; the last one is that for the device."""
    request = session.request
    variants = [session.result(request.result_text, RESULT)]
    if session.device_text != request.result_text:
        variants.append(session.result(session.device_text, DEVICE))
    return variants


def _needs_openmp(session: Session) -> bool:
    """Tell whether a program that is compared with itself asks for OpenMP by the macro."""
    texts = session.result(session.request.result_text).texts().values()
    return session.request.against_itself and any(b"_OPENMP" in text for text in texts)


def _serial(project: ProjectCompiler, build: UserBuild, pool: Executor) -> ProjectBuild:
    variant = Variant(ORIGINAL, build.original)
    return _made(pool.submit(project.build, variant, Mode.SERIAL).result())


def _on_host(session: Session, result: ProjectBuild, serial: ProjectBuild | None) -> ProjectBuild:
    """Return a build of the original that runs its regions, if any, on the host."""
    project, build = session.project, session.request.build
    assert project is not None and build is not None
    project.forget(ORIGINAL)
    if session.request.against_itself:
        return replace(result, build=_renamed(result.build))
    done = _made(project.build(Variant(ORIGINAL, build.original), Mode.OFFLOAD))
    if done.build.binary is None and serial is not None:
        return serial
    session.evidence.notes.append(
        "the original does not build without OpenMP: it ran with it, on one thread"
    )
    return done


def _renamed(build: Build) -> Build:
    return replace(build, name=ORIGINAL, messages="", seconds=0.0)


def _made(build: ProjectBuild | None) -> ProjectBuild:
    assert build is not None, "nothing was to be rewritten"
    return build
