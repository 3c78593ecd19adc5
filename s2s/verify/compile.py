# SPDX-License-Identifier: Apache-2.0
"""Build the serial original and offload variants of it with clang.

A variant is a text that stands for the original: it is written into the scratch directory, finds
the original's neighbours (``#include "…"``) through ``-iquote``, and is known under the original's
name to ``__FILE__`` and to the offload runtime, so that profiles speak of ``file.c:12``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from s2s.toolchain.clang import Clang
from s2s.verify.compiler_wrapper import cleaned
from s2s.verify.instrument import RUNTIME_FLAGS, guard_instrumentation, race_instrumentation
from s2s.verify.kernels import GpuBuild, compile_for_gpu
from s2s.verify.run import Execution, PlainSink, RunCommand, execute

COMPILE_SECONDS = 600.0

_CXX_SUFFIXES = frozenset((".cc", ".cp", ".cpp", ".cxx", ".c++", ".C", ".CPP"))
_OBJECT_SUFFIXES = frozenset((".o", ".a", ".so"))
_TAKES_VALUE = frozenset(("-o", "-MF", "-MT", "-MQ", "-MJ"))
_OUTPUT_KIND = frozenset(("-c", "-S", "-E", "-fsyntax-only", "-MD", "-MMD", "-MP", "-M", "-MM"))
_OFFLOAD = ("-fopenmp-targets", "--offload-arch", "--offload-device-only", "--offload-host-only")


class Mode(StrEnum):
    """How a unit is built: as it stands, or with target regions for the host device.

    ``GUARD`` and ``RACES`` are offload builds for the tiers T2 and T3, ``RUNTIME`` is what of our
    own is linked into them.
    """

    SERIAL = "serial"
    OFFLOAD = "offload"
    GUARD = "guard"
    RACES = "races"
    RUNTIME = "runtime"


@dataclass(frozen=True, slots=True)
class Unit:
    """One translation unit: the file to compile and the file whose place it takes.

    ``arguments`` are its own, beside those of the whole program, and relative to ``directory``
    (None: the current one).
    """

    source: Path
    stands_for: Path
    mode: Mode
    arguments: tuple[str, ...] = ()
    directory: Path | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A program to build: its units, and further objects and libraries as they are."""

    name: str
    units: tuple[Unit, ...]
    objects: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """What became of a build: ``binary`` is None when it failed.

    ``messages`` are the compiler's, warnings included; ``commands`` are those that were run.
    """

    name: str
    binary: Path | None
    messages: str
    commands: tuple[tuple[str, ...], ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Command:
    """A compiler command that was run, and what it wrote: an object file or a program."""

    output: Path
    arguments: tuple[str, ...]
    execution: Execution

    @property
    def succeeded(self) -> bool:
        return self.execution.exit_code == 0


@dataclass(frozen=True, slots=True)
class Compiler:
    """A clang, the user's own arguments, and the scratch directory that builds go to."""

    clang: Clang
    arguments: tuple[str, ...]
    scratch: Path
    timeout: float = COMPILE_SECONDS

    def build(self, programs: Sequence[Program], pool: Executor) -> tuple[Build, ...]:
        """Compile every unit once, then link each program, all in parallel.

        Paths in the user's arguments are relative to the current directory, as on the command
        line. Never raises because of what is compiled: the builds tell.
        """
        self.scratch.mkdir(parents=True, exist_ok=True)
        units = dict.fromkeys(unit for program in programs for unit in program.units)
        done = list(pool.map(self._compile, units, range(len(units))))
        compiled = dict(zip(units, done, strict=True))
        return tuple(pool.map(lambda program: self._finish(program, compiled), programs))

    def compile_runtime(self, name: str, sources: Sequence[Path]) -> tuple[Path, ...]:
        """Compile sources of our own runtime for the user's build ``name``; return the objects."""
        mine = replace(self, scratch=self.scratch / f"runtime-{name}")
        mine.scratch.mkdir(parents=True, exist_ok=True)
        units = [Unit(source, source, Mode.RUNTIME) for source in sources]
        return tuple(mine._compile(unit, number).output for number, unit in enumerate(units))

    def compile_for_gpu(self, unit: Unit, arch: str) -> GpuBuild:
        """Compile one unit for a GPU that need not be there."""
        is_cxx = self._is_cxx(unit)
        arguments = [*_arguments_for(self._arguments_of(unit), is_cxx), *_standing_for(unit)]
        scratch = self.scratch / f"{arch}-{unit.source.stem}"
        scratch.mkdir(parents=True, exist_ok=True)
        return compile_for_gpu(self.clang, unit.source, arguments, arch, scratch, is_cxx)

    def _compile(self, unit: Unit, number: int) -> _Command:
        output = self.scratch / f"{number}-{unit.mode.value}.o"
        ours = unit.mode is Mode.RUNTIME
        is_cxx = not ours and self._is_cxx(unit)
        arguments = [
            *compile_flags(self.clang, unit.mode),
            *(() if ours else _arguments_for(self._arguments_of(unit), is_cxx)),
            *_standing_for(unit),
            "-c",
            str(unit.source),
            "-o",
            str(output),
        ]
        return self._run(is_cxx, arguments, output, unit.directory)

    def _finish(self, program: Program, compiled: dict[Unit, _Command]) -> Build:
        """Link a program whose units were all compiled."""
        commands = [compiled[unit] for unit in program.units]
        binary = None
        if all(command.succeeded for command in commands):
            link = self._link(program, [command.output for command in commands])
            commands.append(link)
            binary = link.output if link.succeeded else None
        messages = (_readable(command, program) for command in commands)
        return Build(
            name=program.name,
            binary=binary,
            messages="\n".join(filter(None, messages)),
            commands=tuple(command.arguments for command in commands),
            seconds=sum(command.execution.seconds for command in commands),
        )

    def _link(self, program: Program, objects: list[Path]) -> _Command:
        output = self.scratch / f"{re.sub('[^A-Za-z0-9]+', '-', program.name)}.exe"
        is_cxx = any(self._is_cxx(unit) for unit in program.units)
        mode = program.units[0].mode
        arguments = [
            *link_flags(self.clang, mode),
            *map(str, (*objects, *program.objects, *libraries(self.clang, mode))),
            *_without_language(_arguments_for(self.arguments, is_cxx)),
            "-lm",
            "-o",
            str(output),
        ]
        return self._run(is_cxx, arguments, output)

    def _run(
        self, is_cxx: bool, arguments: list[str], output: Path, directory: Path | None = None
    ) -> _Command:
        compiler = self.clang.cxx_path if is_cxx else self.clang.path
        command = RunCommand(str(compiler), tuple(arguments))
        where = directory or Path.cwd()
        done = execute(compiler, command, where, os.environ, self.timeout, PlainSink())
        return _Command(output, (str(compiler), *arguments), done)

    def _arguments_of(self, unit: Unit) -> tuple[str, ...]:
        """Return a unit's own arguments without offload flags, and those of the whole program."""
        fixed = unit.mode in (Mode.GUARD, Mode.RACES)
        return (*cleaned(unit.arguments, fixed), *self.arguments)

    def _is_cxx(self, unit: Unit) -> bool:
        """Tell the language: ``-x`` among the user's arguments decides, else the suffix."""
        given = self._arguments_of(unit)
        for before, argument in zip(("", *given), given, strict=False):
            language = argument if before == "-x" else argument.removeprefix("-x")
            if before == "-x" or (argument.startswith("-x") and argument != "-x"):
                return language.startswith("c++")
        return unit.source.suffix in _CXX_SUFFIXES


def compile_flags(clang: Clang, mode: Mode) -> list[str]:
    """Return the flags that a unit is compiled with."""
    offload = ["-gline-tables-only", "-fopenmp", f"-fopenmp-targets={clang.host_triple}"]
    match mode:
        case Mode.SERIAL:
            flags = ["-O2"]
        case Mode.OFFLOAD:
            flags = ["-O2", *offload]
        case Mode.GUARD:
            flags = [*offload, *guard_instrumentation(clang).compile_flags]
        case Mode.RACES:
            flags = [*offload, *race_instrumentation(clang).compile_flags]
        case Mode.RUNTIME:
            flags = list(RUNTIME_FLAGS)
        case _:
            assert_never(mode)
    return [*flags, "-Qunused-arguments"]


def link_flags(clang: Clang, mode: Mode) -> list[str]:
    """Return the flags that a program is linked with: no sanitizer's, see ``libraries``."""
    return compile_flags(clang, Mode.SERIAL if mode is Mode.SERIAL else Mode.OFFLOAD)


def libraries(clang: Clang, mode: Mode) -> tuple[Path, ...]:
    """Return the libraries that a program is linked with by name."""
    if mode is Mode.GUARD:
        return guard_instrumentation(clang).libraries
    return race_instrumentation(clang).libraries if mode is Mode.RACES else ()


def is_object(path: Path) -> bool:
    """Tell whether a file is linked as it is rather than compiled."""
    return path.suffix in _OBJECT_SUFFIXES


def _standing_for(unit: Unit) -> list[str]:
    """Return what makes a scratch copy find the original's neighbours and bear its name."""
    if unit.source == unit.stands_for:
        return []
    original = unit.stands_for
    return [f"-iquote{original.parent}", f"-ffile-prefix-map={unit.source}={original}"]


def _arguments_for(arguments: Iterable[str], is_cxx: bool) -> list[str]:
    """Return the user's arguments without those that say what to build and for which device.

    A ``-std=`` of the other language is left out too: extra sources may be of either.
    """
    out: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _TAKES_VALUE:
            skip = True
        elif not _is_out_of_place(argument, is_cxx):
            out.append(argument)
    return out


def _is_out_of_place(argument: str, is_cxx: bool) -> bool:
    other_language = argument.startswith("-std=") and ("++" in argument) != is_cxx
    return other_language or argument in _OUTPUT_KIND or argument.startswith(_OFFLOAD)


def _without_language(arguments: list[str]) -> list[str]:
    """Return arguments without ``-x``, which would make sources of the objects to be linked."""
    out: list[str] = []
    for before, argument in zip(("", *arguments), arguments, strict=False):
        if before != "-x" and not argument.startswith("-x"):
            out.append(argument)
    return out


def _readable(command: _Command, program: Program) -> str:
    """Return a command's messages, a scratch copy named after the file that it stands for."""
    text = command.execution.stderr.decode("utf-8", "replace").strip()
    for unit in program.units:
        if unit.source != unit.stands_for:
            text = text.replace(str(unit.source), f"{unit.stands_for}[{program.name}]")
    if command.execution.timed_out:
        text += f"\nthe compiler was stopped after {command.execution.seconds:.0f} s"
    return text
