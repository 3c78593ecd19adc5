# SPDX-License-Identifier: Apache-2.0
"""The main job: a file in, the same file with offload constructs out.

Nothing here writes files; the command line does.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from s2s.analysis.manager import Analyses
from s2s.backend.convert_worksharing import worksharing_removals
from s2s.backend.declared_edits import declared_edits
from s2s.backend.loop_transforms import transform_edits
from s2s.backend.openmp_target import OpenMPTarget
from s2s.diagnostics import Remark
from s2s.errors import InputError, UsageError
from s2s.frontend.clang import ClangFrontend
from s2s.frontend.compile_db import arguments_for
from s2s.frontend.pragmas import find_pragmas
from s2s.ir.plan import OffloadPlan
from s2s.ir.program import Program
from s2s.passes import PIPELINES, RESTRUCTURING, make_pass
from s2s.passes.base import Pass
from s2s.passes.report_loops import original_reports
from s2s.rewrite.edits import apply
from s2s.rewrite.origin import OriginMap
from s2s.source import SourceFile

#: Assumptions a user can make; each is printed in the report.
ASSUMPTIONS = {
    "noalias": "pointers of different names never overlap",
    "whole-program": "no other file calls the functions of this one",
}


#: How often a restructuring pass may change the text before the next pass runs.
_RESTRUCTURING_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class OffloadOptions:
    """What the user asked for.

    ``passes`` replaces the pipeline; ``pass_options`` maps pass names to options; ``assume``
    holds keys of :data:`ASSUMPTIONS`; ``thresholds`` = False leaves out ``if(target: …)`` size
    thresholds, so that every region runs on the device whatever the size.
    """

    clang_args: tuple[str, ...] = ()
    compile_db: Path | None = None
    passes: tuple[str, ...] | None = None
    pass_options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    assume: frozenset[str] = frozenset()
    convert_omp: bool = False
    thresholds: bool = True


@dataclass(frozen=True, slots=True)
class OffloadResult:
    """The original, the translated bytes, and the plan behind them; ``seconds`` is wall time.

    ``declared_edits`` names the functions in which the result differs by more than directives.
    """

    source: SourceFile
    text: bytes
    plan: OffloadPlan
    seconds: float
    clang_args: tuple[str, ...]
    declared_edits: frozenset[str] = frozenset()


def read_source(path: Path, *, any_encoding: bool = False) -> SourceFile:
    """Read a source file; ``any_encoding`` is for one that only compilers read.

    Raises:
        InputError: it is no readable, non-empty text file, or not UTF-8.
    """
    if path.is_dir():
        raise InputError("is a directory", path=path, hint="name the files to translate")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    if not content.strip():
        raise InputError("is empty", path=path)
    try:
        content.decode("latin-1" if any_encoding else "utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"is not UTF-8 (byte 0x{content[error.start]:02x})",
            path=path,
            line=line,
            hint="convert it with: iconv -f latin1 -t utf-8",
        ) from error
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise InputError("is not a text file (it holds NUL bytes)", path=path, line=line)
    return SourceFile(path, content)


def offload(path: Path, options: OffloadOptions | None = None) -> OffloadResult:
    """Translate one file.

    Raises:
        InputError: the file cannot be read or does not compile.
        UsageError: an option names a pass, option or assumption that does not exist.
    """
    return _run(path, options or OffloadOptions())


def analyze(path: Path, options: OffloadOptions | None = None) -> OffloadResult:
    """Analyse one file; the result's ``text`` is the original.

    Raises:
        InputError, UsageError: as for :func:`offload`.
    """
    result = _run(path, options or OffloadOptions())
    return replace(result, text=result.source.content)


def analyses_of(path: Path, clang_args: tuple[str, ...] = ()) -> Analyses:
    """Return the analyses of one file as it stands.

    Raises:
        InputError: the file cannot be read or does not compile.
    """
    program = ClangFrontend().parse(read_source(path), clang_args)
    return Analyses(program, strict_aliasing="-fno-strict-aliasing" not in clang_args)


def _run(path: Path, options: OffloadOptions) -> OffloadResult:
    start = time.perf_counter()
    unknown = options.assume - ASSUMPTIONS.keys()
    if unknown:
        raise UsageError(
            f"unknown assumption '{min(unknown)}'", hint=f"known: {', '.join(ASSUMPTIONS)}"
        )
    source = read_source(path)
    arguments = options.clang_args
    if options.compile_db is not None:
        arguments = (*arguments_for(options.compile_db, path), *arguments)
    names = options.passes if options.passes is not None else PIPELINES["offload"]
    pipeline = [_configured(name, options) for name in names]
    session = _Session(source, arguments, options)
    for one in pipeline:
        session.run(one)
    text, plan = session.text(), session.final_plan()
    seconds = time.perf_counter() - start
    return OffloadResult(source, text, plan, seconds, arguments, session.declared_edits())


def _configured(name: str, options: OffloadOptions) -> Pass:
    settings = dict(options.pass_options.get(name, {}))
    if name == "threshold-regions" and not options.thresholds:
        settings["enabled"] = "false"
    return make_pass(name, settings)


def _with_internal_functions(program: Program) -> Program:
    """Return a program in which nothing outside the file calls a function but ``main``."""
    functions = tuple(
        replace(f, is_internal=f.is_internal or f.name != "main") for f in program.functions
    )
    return replace(program, functions=functions)


class _Session:
    """The translation of one file: the current text, its program and analyses, the plan."""

    def __init__(
        self, source: SourceFile, arguments: tuple[str, ...], options: OffloadOptions
    ) -> None:
        self._frontend = ClangFrontend()
        self._arguments = arguments
        self._options = options
        self._backend = OpenMPTarget()
        self._origin: OriginMap | None = None
        self._load(self._without_worksharing(source) if options.convert_omp else source)
        self._first = self._analyses
        self._transform_remarks: tuple[Remark, ...] = ()
        self._restructured: frozenset[str] = frozenset()
        self.plan = OffloadPlan(
            remarks=self._program.remarks,
            assumptions=tuple(f"--assume {a}: {ASSUMPTIONS[a]}" for a in sorted(options.assume)),
        )

    def _without_worksharing(self, source: SourceFile) -> SourceFile:
        """Remove the CPU worksharing directives that stand directly before loops."""
        edits = worksharing_removals(source, find_pragmas(source.content))
        if not edits:
            return source
        self._origin = OriginMap.of_edits(edits, None)
        return SourceFile(source.path, apply(source.content, edits))

    def _load(self, source: SourceFile) -> None:
        self._program = self._frontend.parse(source, self._arguments)
        if "whole-program" in self._options.assume:
            self._program = _with_internal_functions(self._program)
        self._analyses = Analyses(
            self._program,
            strict_aliasing="-fno-strict-aliasing" not in self._arguments,
            assume_noalias="noalias" in self._options.assume,
        )

    def run(self, one: Pass) -> None:
        """Run a pass; one that restructures loops is run until it has nothing left to do."""
        if one.name not in RESTRUCTURING:
            self.plan = one.run(self.plan, self._analyses)
            return
        for _ in range(_RESTRUCTURING_ROUNDS):
            found = one.run(OffloadPlan(), self._analyses)
            edits = transform_edits(found, self._program)
            if not edits:
                return
            source = self._program.source
            remarks = (
                found.remarks if self._origin is None else self._origin.applied_to(found.remarks)
            )
            self._transform_remarks += remarks
            self._restructured |= declared_edits(found)
            self._origin = OriginMap.of_edits(edits, self._origin)
            changed = SourceFile(source.path, apply(source.content, edits))
            self._load(changed)

    def final_plan(self) -> OffloadPlan:
        """Return the plan in terms of the original text."""
        if self._origin is None:
            return self.plan
        plan = self._origin.applied_to(self.plan)
        remarks = tuple(sorted({*plan.remarks, *self._transform_remarks}, key=lambda r: r.sort_key))
        if not plan.loops:
            return replace(plan, remarks=remarks)
        return replace(plan, remarks=remarks, loops=original_reports(self._first, plan))

    def declared_edits(self) -> frozenset[str]:
        """Return the functions whose code the plan and the restructuring passes change."""
        return declared_edits(self.plan) | self._restructured

    def text(self) -> bytes:
        """Return the translated bytes."""
        return apply(self._program.source.content, self._backend.edits(self.plan, self._program))
