# SPDX-License-Identifier: Apache-2.0
"""Build whole programs by their own build: ``make``, CMake, a line of the shell.

The build runs once for each mode, each time in a private copy of the directory. The compilers that
it calls are wrappers of ours (:mod:`~s2s.verify.project.compiler_wrapper`), through ``CC`` and
``CXX`` and through a directory of the usual names that is put first on ``PATH``.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from s2s.errors import UsageError, VerificationError
from s2s.toolchain.clang import Clang
from s2s.verify.compile import (
    COMPILE_SECONDS,
    TIDYING,
    Build,
    Compiler,
    Mode,
    compile_flags,
    libraries,
    link_flags,
)
from s2s.verify.findings import Finding, Place
from s2s.verify.instrument import guard_instrumentation, race_instrumentation
from s2s.verify.leagues import WHOLE_LEAGUES_SOURCE, deals_by_number
from s2s.verify.project import compiler_wrapper
from s2s.verify.project.compiler_wrapper import LOG, SETTINGS, Settings
from s2s.verify.project.copies import (
    Rewrite,
    copy_project,
    place_in,
    replace_file,
    rewrite_sources,
    sources_of,
)
from s2s.verify.run import Execution, PlainSink, RunCommand, execute

_C_NAMES = (
    "cc",
    "c89",
    "c99",
    "gcc",
    "clang",
    "nvc",
    "icx",
    "icc",
    "amdclang",
    "craycc",
    "xlc",
    "pgcc",
    "armclang",
)
_CXX_NAMES = (
    "c++",
    "g++",
    "clang++",
    "nvc++",
    "icpx",
    "icpc",
    "dpcpp",
    "amdclang++",
    "crayCC",
    "xlc++",
    "pgc++",
    "armclang++",
)
_VERSIONED = re.compile(r"(?P<name>clang\+\+|clang|g\+\+|gcc)-\d+$")
_NOT_INHERITED = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "GNUMAKEFLAGS", "MAKEOVERRIDES")
_MESSAGE_LINES = 20

ORIGINAL_BUILD = "original"
RESULT_BUILD = "result"


@dataclass(frozen=True, slots=True)
class UserBuild:
    """A build of the user's own: the command, run in a copy of each of two directories.

    ``main`` is a file below ``original`` (relative) for which the result's text stands; the rest of
    the program is then the original's. None when the result is a directory of its own.
    """

    command: str
    original: Path
    result: Path
    main: PurePath | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A program to build: the directory that is copied, and a file of it with another text.

    The file bears the name ``stands_for`` in reports.
    """

    name: str
    directory: Path
    main: PurePath | None = None
    text: bytes = b""
    stands_for: Path | None = None

    def texts(self) -> dict[Path, bytes]:
        """Return the sources of the program by the absolute path that reports name them by."""
        root = self.directory.resolve()
        found = {root / path: text for path, text in sources_of(root).items()}
        if self.main is not None and self.stands_for is not None:
            del found[root / self.main]
            found[self.stands_for.absolute()] = self.text
        return found


@dataclass(frozen=True, slots=True)
class ProjectBuild:
    """What became of a build.

    ``obstacle`` says why nothing is known of a program that may well be right: the build did not
    make it, or not with our compilers.
    """

    build: Build
    obstacle: str


@dataclass(frozen=True, slots=True)
class ProjectCompiler:
    """Runs the user's build; ``program`` is what it makes, relative to its directory."""

    clang: Clang
    compiler: Compiler
    command: str
    program: PurePath
    scratch: Path
    timeout: float = COMPILE_SECONDS

    def build(
        self, variant: Variant, mode: Mode, rewrite: Rewrite | None = None
    ) -> ProjectBuild | None:
        """Build a variant in a mode; None when ``rewrite`` has nothing to change.

        Never raises because of what the build does: the result tells.
        """
        try:
            runtime = self._runtime(variant, mode)
        except VerificationError as error:
            return ProjectBuild(Build(variant.name, None, str(error), (), 0.0), "")
        scratch = self._below(variant.name)
        copy = copy_project(variant.directory, scratch, self.program)
        if variant.main is not None:
            replace_file(copy / variant.main, variant.text)
        if rewrite is not None and not rewrite_sources(copy, rewrite):
            return None
        tools, temporary = scratch / "bin", scratch / "tmp"
        temporary.mkdir()
        _write_wrapper(tools, self._settings(copy, variant, mode, runtime))
        shell = RunCommand("/bin/sh", ("-c", self.command), confinement=self.compiler.confinement)
        environment = _environment(tools, temporary)
        done = execute(Path("/bin/sh"), shell, copy, environment, self.timeout, PlainSink())
        made = self._judged(variant.name, done, _calls(tools), copy / self.program)
        messages = made.build.messages.replace(str(copy), str(variant.directory.resolve()))
        return replace(made, build=replace(made.build, messages=messages))

    def _judged(
        self, name: str, done: Execution, calls: Sequence[Mapping[str, Any]], program: Path
    ) -> ProjectBuild:
        """Tell what a build that is over is good for."""
        commands = tuple(tuple(command) for call in calls for command in call["commands"])
        failure = _failure(done, self.command)
        obstacle = "" if failure else _obstacle(calls, program, self.command)
        binary = None if failure or obstacle else program
        words = (failure, _last_failure(calls), _tail(done.stdout), _tail(done.stderr))
        messages = "\n".join(filter(None, words)) if failure else obstacle or _warnings(calls)
        return ProjectBuild(Build(name, binary, messages, commands, done.seconds), obstacle)

    def directory(self, build: UserBuild) -> Path:
        """Return where a build left its copy of the original's directory, else of the result's."""
        places = (
            place_in(build.original, self._below(ORIGINAL_BUILD)),
            place_in(build.result, self._below(RESULT_BUILD)),
        )
        return next((place for place in places if place.is_dir()), places[0])

    def at_home(self, finding: Finding, variant: Variant) -> Finding:
        """Return a finding of an instrumented build with the places of the user's files.

        The debug information has these names anyway, but not the descriptions of constructs.
        """
        copy = str(place_in(variant.directory, self._below(variant.name)))
        home = str(variant.directory.resolve())

        def moved(place: Place | None) -> Place | None:
            if place is None or not place.file.startswith(f"{copy}/"):
                return place
            if variant.stands_for and place.file == f"{copy}/{variant.main}":
                return replace(place, file=str(variant.stands_for.absolute()))
            return replace(place, file=home + place.file.removeprefix(copy))

        return replace(
            finding,
            place=moved(finding.place),
            construct=moved(finding.construct),
            mapped=moved(finding.mapped),
            other=moved(finding.other),
        )

    def forget(self, name: str) -> None:
        """Remove what a build left."""
        shutil.rmtree(self._below(name), ignore_errors=True)

    def _below(self, name: str) -> Path:
        return self.scratch / f"build-{name.replace(' ', '-')}"

    def _settings(
        self, copy: Path, variant: Variant, mode: Mode, runtime: Sequence[Path]
    ) -> Settings:
        names = [f"-ffile-prefix-map={copy}={variant.directory.resolve()}"]
        if variant.main is not None and variant.stands_for is not None:
            whole = variant.stands_for.absolute()
            names.append(f"-ffile-prefix-map={copy / variant.main}={whole}")
        linked = libraries(self.clang, mode)
        shared = [str(path) for path in linked if path.suffix == ".so"]
        return Settings(
            compiler=str(self.clang.path),
            cxx_compiler=str(self.clang.cxx_path),
            root=str(self._below(variant.name).resolve()),
            compile_flags=(*compile_flags(self.clang, mode), *names, *self.compiler.arguments),
            link_flags=(*link_flags(self.clang, mode), *self.compiler.arguments),
            first=(*map(str, runtime), *shared),
            last=tuple(str(path) for path in linked if path.suffix != ".so"),
            fixed_optimization=mode in (Mode.GUARD, Mode.RACES),
        )

    def _runtime(self, variant: Variant, mode: Mode) -> tuple[Path, ...]:
        """Return the objects of our own runtime that belong to a mode, compiled."""
        sources = (TIDYING,) if mode.is_for_host_device else ()
        if mode is Mode.GUARD:
            sources = (*sources, *guard_instrumentation(self.clang).runtime)
        elif mode is Mode.RACES:
            sources = (*sources, *race_instrumentation(self.clang).runtime)
        if mode in (Mode.OFFLOAD, Mode.GUARD) and deals_by_number(variant.texts().values()):
            sources = (*sources, WHOLE_LEAGUES_SOURCE)
        return self.compiler.compile_runtime(variant.name, sources) if sources else ()


def project_program(program: str) -> PurePath:
    """Return the program that a run command names, relative to the directory of the build.

    Raises UsageError for one that the build cannot make there.
    """
    path = PurePath(os.path.normpath(program))
    if path.is_absolute() or ".." in path.parts:
        raise UsageError(
            f"the program {program!r} is not below the directory of the build",
            hint='name it as the build leaves it, relative to that directory: --run "./main 100"',
        )
    return path


def check_command(command: str, directory: Path) -> None:
    """Raise UsageError for a build that would leave its private copy."""
    if not command.strip():
        raise UsageError("the build command is empty", hint='for instance --build "make"')
    if str(directory.resolve()) in command:
        raise UsageError(
            "the build command names the directory by its absolute path",
            hint="it is run in a copy of the directory: name things relative to it",
        )


def _write_wrapper(tools: Path, settings: Settings) -> None:
    """Fill a directory with the names of compilers, all of which lead to our wrapper."""
    tools.mkdir()
    script = tools / Path(compiler_wrapper.__file__).name
    shutil.copyfile(compiler_wrapper.__file__, script)
    (tools / SETTINGS).write_text(json.dumps(asdict(settings)), "utf-8")
    for kind, names in (("c", _C_NAMES), ("cxx", _CXX_NAMES)):
        for name in (*names, *_versioned_names(kind)):
            start = f"exec {shlex.quote(sys.executable)} -IS {shlex.quote(str(script))} {kind}"
            wrapper = tools / name
            wrapper.write_text(f'#!/bin/sh\n{start} "$@"\n', "utf-8")
            wrapper.chmod(0o755)


def _versioned_names(kind: str) -> list[str]:
    """Return names such as ``gcc-12`` that are installed: a build may call one of them."""
    found: set[str] = set()
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        with suppress(OSError):
            names = (path.name for path in Path(folder or ".").iterdir())
            found.update(name for name in names if _VERSIONED.match(name))
    return sorted(name for name in found if ("++" in name) == (kind == "cxx"))


def _environment(tools: Path, temporary: Path) -> dict[str, str]:
    """Return the environment of a build: our wrappers first, nothing of a make around us."""
    mine = {name: text for name, text in os.environ.items() if name not in _NOT_INHERITED}
    return {
        **mine,
        "PATH": f"{tools}{os.pathsep}{mine.get('PATH', os.defpath)}",
        "CC": str(tools / "clang"),
        "CXX": str(tools / "clang++"),
        "TMPDIR": str(temporary),
        "CCACHE_DISABLE": "1",
    }


def _calls(tools: Path) -> list[dict[str, Any]]:
    """Return what the wrapper noted, in the order in which the calls ended."""
    log = tools / LOG
    lines = log.read_text("utf-8").splitlines() if log.is_file() else []
    return [json.loads(line) for line in lines]


def _failure(done: Execution, command: str) -> str:
    """Return how a build failed, empty if it did not."""
    if done.timed_out:
        return f"`{command}` was stopped after {done.seconds:.0f} s"
    return f"`{command}` failed with exit code {done.exit_code}" if done.exit_code else ""


def _obstacle(calls: Sequence[Mapping[str, Any]], program: Path, command: str) -> str:
    """Return why a build that went well is of no use, empty if it is of use."""
    linked = [call for call in calls if call["linked"] and not call["exit_code"]]
    if not calls:
        return f"`{command}` called no compiler of ours: does it use CC/CXX?"
    if not program.is_file():
        names = ", ".join(dict.fromkeys(call["output"] or "a.out" for call in linked))
        return f"`{command}` made no {program.name}; it linked {names or 'nothing'}"
    if not linked:
        return f"`{command}` linked nothing with a compiler of ours: does it use CC/CXX?"
    return ""


def _last_failure(calls: Sequence[Mapping[str, Any]]) -> str:
    """Return the last call that failed, as the build made it, with the compiler's messages."""
    failed = [call for call in calls if call["exit_code"]]
    if not failed:
        return ""
    call = failed[-1]
    compiler = "c++" if call["is_cxx"] else "cc"
    return f"{shlex.join([compiler, *call['words']])}\n{call['messages'].strip()}"


def _tail(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return "\n".join(lines[-_MESSAGE_LINES:])


def _warnings(calls: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(filter(None, (call["messages"].strip() for call in calls)))
