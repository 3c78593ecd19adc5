# SPDX-License-Identifier: Apache-2.0
"""What all tiers of one verification share: the request, the compiler, the scratch directory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.verify.compare import Rules
from s2s.verify.compile import Compiler, is_object
from s2s.verify.evidence import Evidence
from s2s.verify.includes import include_directories, included_texts
from s2s.verify.inputs import InputCase, lay_over
from s2s.verify.leagues import deals_by_number
from s2s.verify.project.builder import ProjectCompiler, Variant
from s2s.verify.project.copies import link_surroundings, place_in
from s2s.verify.request import VerificationRequest
from s2s.verify.sandbox import Confinement, confinement_for, existing_paths
from s2s.verify.scratch import mirror_directory

_TARGET = re.compile(rb"(?:#\s*pragma|_Pragma\s*\(\s*\")\s*omp\b(?:\\\r?\n|[^\n])*?\btarget\b")


@dataclass(frozen=True, slots=True)
class Session:
    """One verification; ``evidence`` is the only part of it that changes.

    ``cases`` are inputs for further runs; ``overlay`` is laid over the working directory of every
    run.
    """

    request: VerificationRequest
    clang: Clang
    scratch: Path
    rules: Rules
    compiler: Compiler
    evidence: Evidence
    cases: tuple[InputCase, ...] = ()
    overlay: Path | None = None
    project: ProjectCompiler | None = None

    @property
    def device_text(self) -> bytes:
        """The result without thresholds, in which every region runs on the device."""
        request = self.request
        return request.result_text if request.device_text is None else request.device_text

    @property
    def has_regions(self) -> bool:
        """Whether the result has a target construct at all."""
        return any(_TARGET.search(text) for text in self.texts)

    @property
    def texts(self) -> tuple[bytes, ...]:
        """The sources of the result, in which every region runs on the device."""
        if self.request.build is not None:
            return tuple(self.result(self.device_text).texts().values())
        return tuple(self.sources.values())

    @property
    def sources(self) -> dict[str, bytes]:
        """The result's own texts by absolute path, with what they include; not for a build."""
        request = self.request
        units = [
            (unit.source, unit.source.read_bytes(), unit.arguments, unit.directory)
            for unit in request.units
        ]
        if not units:
            name = request.result or request.original
            others = [path for path in request.extra_sources if not is_object(path)]
            texts = [(path, path.read_bytes()) for path in others if path.is_file()]
            units = [
                (path, text, (), Path.cwd()) for path, text in ((name, self.device_text), *texts)
            ]
        found: dict[str, bytes] = {}
        for path, text, arguments, base in units:
            folders = include_directories(arguments, base)
            folders += include_directories(request.clang_args, Path.cwd())
            if not request.units and path == (request.result or request.original):
                folders = (request.original.absolute().parent, *folders)
            for file, content in included_texts(path, text, folders).items():
                found.setdefault(str(file), content)
            found[str(path.absolute())] = text
        return found

    @property
    def deals_by_number(self) -> bool:
        """Whether the result has to have all teams and threads that its constructs ask for."""
        return deals_by_number(self.texts)

    def result(self, text: bytes, name: str = "") -> Variant:
        """Return the result as a project, with a text for the file that it may consist of."""
        request, build = self.request, self.request.build
        assert build is not None
        if build.main is None:
            return Variant(name, build.result)
        stands_for = request.result or request.original
        return Variant(name, build.original, build.main, text, stands_for)

    def directory(self, name: str) -> Path:
        """Return a fresh working directory for a run: a copy of the user's, or of the build's."""
        wanted = self.scratch / f"run-{name.replace(' ', '-')}"
        others = (wanted.with_name(f"{wanted.name}-{number}") for number in count(2))
        directory = next(path for path in chain((wanted,), others) if not path.exists())
        outputs = [output.name for output in self.request.output_files]
        if self.project is None or self.request.build is None:
            mirror_directory(self.request.work_dir or Path.cwd(), directory, outputs)
            place = directory
        else:
            built = self.project.directory(self.request.build)
            place = place_in(self.request.build.original, directory)
            place.parent.mkdir(parents=True)
            mirror_directory(built, place, outputs)
            link_surroundings(self.request.build.original, place)
        if self.overlay is not None:
            lay_over(self.overlay, place)
        return place


def confinement_of(request: VerificationRequest, clang: Clang, scratch: Path) -> Confinement:
    """Return what a request that is not trusted is confined to: what it reads, and the scratch."""
    units = (*request.units, *request.original_units)
    files = (request.original, request.result or request.original, *request.extra_sources)
    readable = [Path.cwd(), request.work_dir or Path.cwd(), *(path.parent for path in files)]
    readable += [unit.source.parent for unit in units]
    readable += [clang.path.resolve().parent.parent, clang.resource_dir, clang.library_dir]
    readable += existing_paths((*request.clang_args, *(a for u in units for a in u.arguments)))
    return confinement_for(scratch, readable)
