# SPDX-License-Identifier: Apache-2.0
"""What all tiers of one verification share: the request, the compiler, the scratch directory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.verify.compare import Rules
from s2s.verify.compile import Compiler
from s2s.verify.evidence import Evidence
from s2s.verify.inputs import InputCase, lay_over
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

    @property
    def device_text(self) -> bytes:
        """The result without thresholds, in which every region runs on the device."""
        request = self.request
        return request.result_text if request.device_text is None else request.device_text

    @property
    def has_regions(self) -> bool:
        """Whether the result has a target construct at all."""
        return _TARGET.search(self.device_text) is not None

    def directory(self, name: str) -> Path:
        """Return a fresh working directory for a run: a copy of the user's."""
        directory = self.scratch / f"run-{name.replace(' ', '-')}"
        outputs = [output.name for output in self.request.output_files]
        mirror_directory(self.request.work_dir or Path.cwd(), directory, outputs)
        if self.overlay is not None:
            lay_over(self.overlay, directory)
        return directory


def confinement_of(request: VerificationRequest, clang: Clang, scratch: Path) -> Confinement:
    """Return what a request that is not trusted is confined to: what it reads, and the scratch."""
    files = (request.original, request.result or request.original, *request.extra_sources)
    readable = [Path.cwd(), request.work_dir or Path.cwd(), *(path.parent for path in files)]
    readable += [clang.path.resolve().parent.parent, clang.resource_dir, clang.library_dir]
    readable += existing_paths(request.clang_args)
    return confinement_for(scratch, readable)
