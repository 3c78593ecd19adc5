# SPDX-License-Identifier: Apache-2.0
"""Build the serial original and offload variants of it with clang.

A variant is a text that stands for the original: it is written into the scratch directory, finds
the original's neighbours (``#include "…"``) through ``-iquote``, and is known under the original's
name to ``__FILE__`` and to the offload runtime, so that profiles speak of ``file.c:12``.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from s2s.errors import VerificationError
from s2s.toolchain.clang import Clang
from s2s.toolchain.gcc import discover_gcc
from s2s.verify.instrument import (
    COUNTING_FLAGS,
    RUNTIME,
    RUNTIME_FLAGS,
    SCREENING_FLAGS,
    guard_instrumentation,
    measuring_flags,
    race_instrumentation,
)
from s2s.verify.invocation import Invocation
from s2s.verify.kept import keep, runtime_object
from s2s.verify.project.compiler_wrapper import cleaned, is_inexact
from s2s.verify.run import Execution, PlainSink, RunCommand, execute
from s2s.verify.sandbox import Confinement
from s2s.verify.static.gcc_offload import PREFIX, compile_with_gcc
from s2s.verify.static.kernels import GpuBuild, compile_for_gpu

COMPILE_SECONDS = 600.0

_CXX_SUFFIXES = frozenset((".cc", ".cp", ".cpp", ".cxx", ".c++", ".C", ".CPP"))
_OBJECT_SUFFIXES = frozenset((".o", ".a", ".so"))
_TAKES_VALUE = frozenset(("-o", "-MF", "-MT", "-MQ", "-MJ"))
_SYSTEM_LIBRARIES = frozenset(("m", "c", "pthread", "dl", "rt", "stdc++", "omp"))
_OUTPUT_KIND = frozenset(("-c", "-S", "-E", "-fsyntax-only", "-MD", "-MMD", "-MP", "-M", "-MM"))
_OFFLOAD = ("-fopenmp-targets", "--offload-arch", "--offload-device-only", "--offload-host-only")


class Mode(StrEnum):
    """How a unit is built: as it stands, or with target regions for the host device.

    ``GUARD`` and ``RACES`` are offload builds for the tiers T2 and T3, ``RUNTIME`` is what of our
    own is linked into them. ``GPU`` is for the architectures of the compiler. ``MEASURE`` and
    ``SCREEN`` are serial builds that report accesses and undefined behaviour; ``COUNTS`` counts
    what kernels do, for the roofline; ``REGIONS`` is the build of compare mode.
    """

    SERIAL = "serial"
    OFFLOAD = "offload"
    GUARD = "guard"
    RACES = "races"
    REGIONS = "regions"
    RUNTIME = "runtime"
    GPU = "gpu"
    MEASURE = "measure"
    SCREEN = "screen"
    COUNTS = "counts"

    @property
    def is_serial(self) -> bool:
        """Whether directives are ignored."""
        return self in (Mode.SERIAL, Mode.MEASURE, Mode.SCREEN)

    @property
    def is_for_host_device(self) -> bool:
        """Whether target regions are compiled for this machine's own processor."""
        return not self.is_serial and self not in (Mode.RUNTIME, Mode.GPU)


TIDYING = RUNTIME / "device_images.c"
"""What every program for the host device is linked with."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One translation unit: the file to compile and the file whose place it takes.

    ``arguments`` are its own, beside those of the whole program, and relative to ``directory``
    (None: the current one). ``flags`` are the verifier's for this unit.
    """

    source: Path
    stands_for: Path
    mode: Mode
    arguments: tuple[str, ...] = ()
    directory: Path | None = None
    flags: tuple[str, ...] = ()


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
    ``objects`` are the object files of the units, in their order; none when one failed.
    """

    name: str
    binary: Path | None
    messages: str
    commands: tuple[tuple[str, ...], ...]
    seconds: float
    objects: tuple[Path, ...] = ()


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
    """A clang, the user's own arguments, and the scratch directory that builds go to.

    ``confinement`` is for texts that are not trusted. ``gpu_architectures`` are those that units
    of the mode ``GPU`` are built for.
    """

    clang: Clang
    arguments: tuple[str, ...]
    scratch: Path
    timeout: float = COMPILE_SECONDS
    confinement: Confinement | None = None
    gpu_architectures: tuple[str, ...] = ()

    @property
    def links_libraries(self) -> bool:
        """Whether the arguments name objects or libraries that are not of the system's own."""
        return any(
            argument.removeprefix("-l") not in _SYSTEM_LIBRARIES
            if argument.startswith("-l")
            else not argument.startswith("-") and is_object(Path(argument))
            for argument in self.arguments
        )

    def build(self, programs: Sequence[Program], pool: Executor) -> tuple[Build, ...]:
        """Compile every unit once, then link each program, all in parallel.

        Paths in the user's arguments are relative to the current directory, as on the command
        line. Never raises because of what is compiled: the builds tell.
        """
        self.scratch.mkdir(parents=True, exist_ok=True)
        programs = [_tidy(program) for program in programs]
        units = dict.fromkeys(unit for program in programs for unit in program.units)
        done = list(pool.map(self._compile, units, range(len(units))))
        compiled = dict(zip(units, done, strict=True))
        return tuple(pool.map(lambda program: self._finish(program, compiled), programs))

    def compile_runtime(self, name: str, sources: Sequence[Path]) -> tuple[Path, ...]:
        """Compile sources of our own runtime for the build ``name``; return the objects.

        Raises VerificationError when they do not compile.
        """
        mine = replace(self, scratch=self.scratch / f"runtime-{name}")
        made = mine.compile_objects([Unit(source, source, Mode.RUNTIME) for source in sources])
        if made is None:
            names = ", ".join(source.name for source in sources)
            raise VerificationError(f"the runtime ({names}) does not compile", path=self.clang.path)
        return made

    def compile_objects(self, units: Sequence[Unit]) -> tuple[Path, ...] | None:
        """Compile units for programs that share them; None when one of them does not compile."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        done = [self._compile(unit, number) for number, unit in enumerate(units)]
        return tuple(c.output for c in done) if all(c.succeeded for c in done) else None

    def rewritten(
        self, units: Sequence[Unit], rewrite: Callable[[Unit, bytes], bytes], name: str
    ) -> tuple[Unit, ...]:
        """Write copies of the units whose texts ``rewrite`` changes; ``name`` tells them apart."""
        out = []
        for number, unit in enumerate(units):
            text = unit.source.read_bytes()
            changed = rewrite(unit, text)
            if changed != text:
                copy = self.scratch / f"{name}-{number}" / unit.source.name
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(changed)
                unit = replace(unit, source=copy)
            out.append(unit)
        return tuple(out)

    def compile_for_gpu(self, unit: Unit, arch: str) -> GpuBuild:
        """Compile one unit for a GPU that need not be there, by clang or (``gcc:…``) by gcc."""
        call = self.invocation(unit, arch.replace(":", "-"))
        gcc = discover_gcc() if arch.startswith(PREFIX) else None
        if gcc is not None:
            return compile_with_gcc(gcc, call, arch)
        return compile_for_gpu(call, arch)

    def invocation(self, unit: Unit, purpose: str) -> Invocation:
        """Return how a unit is given to clang by a check that builds nothing to be run.

        The scratch directory for it, made here, is its own, and named after ``purpose``.
        """
        is_cxx = self._is_cxx(unit)
        arguments = (*_arguments_for(self._arguments_of(unit), is_cxx), *_standing_for(unit))
        self.scratch.mkdir(parents=True, exist_ok=True)
        prefix = f"{purpose}-{unit.source.stem}-"  # units of a project may have the same name
        scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=self.scratch))
        return Invocation(
            self.clang, unit.source, arguments, is_cxx, scratch, confinement=self.confinement
        )

    def counting_library(self) -> Path | None:
        """Build the library that counts what kernels do; None where that fails."""
        output = self.scratch / "libs2s_counts.so"
        source = str(RUNTIME / "kernel_counts.c")
        done = self._run(False, [*RUNTIME_FLAGS, "-shared", source, "-o", str(output)], output)
        return output if done.succeeded else None

    def device_ir(self, unit: Unit) -> str | None:
        """Return the LLVM IR of a unit's device code as its mode builds it, None if it fails."""
        output = self.scratch / f"{unit.mode.value}-{abs(hash(unit))}.ll"
        is_cxx = self._is_cxx(unit)
        arguments = [
            *compile_flags(self.clang, unit.mode),
            *_arguments_for(self._arguments_of(unit), is_cxx),
            *_standing_for(unit),
            *("--offload-device-only", "-S", "-emit-llvm", str(unit.source), "-o", str(output)),
        ]
        done = self._run(is_cxx, arguments, output)
        return output.read_text("utf-8", "replace") if done.succeeded else None

    def _compile(self, unit: Unit, number: int) -> _Command:
        output = self.scratch / f"{number}-{unit.mode.value}.o"
        ours = unit.mode is Mode.RUNTIME
        is_cxx = not ours and self._is_cxx(unit)
        arguments = [
            *compile_flags(self.clang, unit.mode, self.gpu_architectures),
            *(() if ours else _arguments_for(self._arguments_of(unit), is_cxx)),
            *_standing_for(unit),
            *unit.flags,
            *("-c", str(unit.source), "-o"),
        ]
        kept = runtime_object(unit.source, self.clang.path, arguments) if ours else None
        if kept is not None and (object_file := _content_of(kept)) is not None:
            output.write_bytes(object_file)
            command = (str(self.clang.path), *arguments, str(output))
            return _Command(output, command, Execution(0, b"", b"", 0.0))
        done = self._run(is_cxx, [*arguments, str(output)], output, unit.directory)
        if kept is not None and done.succeeded:
            keep(kept, output.read_bytes())
        return done

    def _finish(self, program: Program, compiled: dict[Unit, _Command]) -> Build:
        """Link a program whose units were all compiled."""
        commands = [compiled[unit] for unit in program.units]
        binary = None
        objects: tuple[Path, ...] = ()
        if all(command.succeeded for command in commands):
            objects = tuple(command.output for command in commands)
            link = self._link(program, objects)
            commands.append(link)
            binary = link.output if link.succeeded else None
        messages = (_readable(command, program) for command in commands)
        return Build(
            name=program.name,
            binary=binary,
            messages="\n".join(filter(None, messages)),
            commands=tuple(command.arguments for command in commands),
            seconds=sum(command.execution.seconds for command in commands),
            objects=objects,
        )

    def _link(self, program: Program, objects: Sequence[Path]) -> _Command:
        output = self.scratch / f"{re.sub('[^A-Za-z0-9]+', '-', program.name)}.exe"
        is_cxx = any(self._is_cxx(unit) for unit in program.units)
        mode = program.units[0].mode
        arguments = [
            *link_flags(self.clang, mode, self.gpu_architectures),
            *map(str, (*objects, *program.objects, *libraries(self.clang, mode))),
            *_without_language(_arguments_for(self.arguments, is_cxx)),
            "-lm",
            "-o",
            str(output),
        ]
        if mode is not Mode.SERIAL and self._has_lld():
            linked = self._run(is_cxx, ["-fuse-ld=lld", *arguments], output)
            if linked.succeeded:
                return linked
        return self._run(is_cxx, arguments, output)

    def _has_lld(self) -> bool:
        """Tell whether to link with lld: an offload program is linked twice, five times as fast."""
        chosen = any(argument.startswith("-fuse-ld") for argument in self.arguments)
        return not chosen and self.clang.path.resolve().with_name("ld.lld").exists()

    def _run(
        self, is_cxx: bool, arguments: list[str], output: Path, directory: Path | None = None
    ) -> _Command:
        compiler = self.clang.cxx_path if is_cxx else self.clang.path
        command = RunCommand(str(compiler), tuple(arguments), confinement=self.confinement)
        environment = dict(os.environ)
        if self.gpu_architectures:  # where the linker for devices finds their runtime
            environment["LIBRARY_PATH"] = str(self.clang.library_dir)
        where = directory or Path.cwd()
        done = execute(compiler, command, where, environment, self.timeout, PlainSink())
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


def compile_flags(clang: Clang, mode: Mode, architectures: Sequence[str] = ()) -> list[str]:
    """Return the flags that a unit is compiled with; ``architectures`` are those of mode GPU."""
    offload = ["-gline-tables-only", "-fopenmp", f"-fopenmp-targets={clang.host_triple}"]
    match mode:
        case Mode.SERIAL:
            flags = ["-O2"]
        case Mode.OFFLOAD:
            flags = ["-O2", *offload]
        case Mode.REGIONS:
            flags = ["-O2", "-w", *offload]
        case Mode.GUARD:
            flags = [*offload, *guard_instrumentation(clang).compile_flags]
        case Mode.RACES:
            flags = [*offload, *race_instrumentation(clang).compile_flags]
        case Mode.COUNTS:
            flags = [*offload, *COUNTING_FLAGS]
        case Mode.RUNTIME:
            flags = list(RUNTIME_FLAGS)
        case Mode.GPU:
            flags = ["-O2", "-gline-tables-only", "-fopenmp"]
            flags += [f"--offload-arch={arch}" for arch in architectures]
        case Mode.MEASURE:
            flags = list(measuring_flags(clang))
        case Mode.SCREEN:
            flags = list(SCREENING_FLAGS)
        case _:
            assert_never(mode)
    return [*flags, "-Qunused-arguments"]


def _content_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _tidy(program: Program) -> Program:
    """Return a program that leaves no image of the host device behind, if it runs there."""
    if not program.units[0].mode.is_for_host_device:
        return program
    return replace(program, units=(*program.units, Unit(TIDYING, TIDYING, Mode.RUNTIME)))


def link_flags(clang: Clang, mode: Mode, architectures: Sequence[str] = ()) -> list[str]:
    """Return the flags that a program is linked with: no sanitizer's, see ``libraries``."""
    plain = mode if mode.is_serial or mode is Mode.GPU else Mode.OFFLOAD
    return compile_flags(clang, plain, architectures)


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

    Those that let results depend on the level of optimization are left out as well.

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
    elsewhere = argument in _OUTPUT_KIND or argument.startswith(_OFFLOAD)
    return other_language or elsewhere or is_inexact(argument)


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
