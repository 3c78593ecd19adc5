# SPDX-License-Identifier: Apache-2.0
"""Whole programs: ``--build`` and compilation databases, as requests to the verification."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from s2s.errors import InputError, UsageError
from s2s.frontend.compile_db import CompileCommand, compile_commands
from s2s.verify.project.builder import UserBuild
from s2s.verify.project.units import SourceUnit
from s2s.verify.request import VerificationRequest

_INCLUDES = ("-isystem", "-iquote", "-idirafter", "-I")
_NO_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
_MAIN = re.compile(
    r"^[ \t]*(?:[A-Za-z_]\w*[ \t\n]+)*main[ \t\n]*\([^;{}]*\)[^;{}()]*\{", re.MULTILINE
)


def user_build(command: str | None, original: Path, result: Path | None) -> UserBuild | None:
    """Return the user's own build of a directory, or of the directory that a file lies in.

    A file's build runs in the current directory where the file lies below it, else beside the
    file. Raises UsageError for a file and a directory, and for a directory without a build.
    """
    if original.is_dir() or (result is not None and result.is_dir()):
        return _of_directories(command, original, result or original)
    if command is None:
        return None
    here, file = Path.cwd().resolve(), original.resolve()
    directory = here if file.is_relative_to(here) else file.parent
    return UserBuild(command, directory, directory, PurePath(file.relative_to(directory)))


def _of_directories(command: str | None, original: Path, result: Path) -> UserBuild:
    for path in (original, result):
        if not path.is_dir():
            raise UsageError(f"{path} is no directory, but the other one is", path=path)
    if command is None:
        raise UsageError(
            f"{original} is a directory, and nothing says how its program is built",
            hint='--build "make" runs its own build, -p DIR takes DIR/compile_commands.json',
        )
    return UserBuild(command, original, result)


def database_request(
    database: Path, original: Path, result: Path, files: Sequence[Path], targets: Sequence[str]
) -> VerificationRequest:
    """Return the request to verify all that a compilation database builds, or ``files`` of it.

    ``original`` and ``result`` are two directories, or one path if the program is checked alone.
    Raises UsageError and InputError.
    """
    alone = original == result
    below = original if original.is_dir() and not (alone and files) else None
    units = units_of(database, files, targets, None if alone and original == database else below)
    return VerificationRequest(
        original,
        b"",
        result=result,
        against_itself=alone,
        units=units if alone else in_result(units, original, result),
        original_units=units,
    )


def units_of(
    database: Path,
    files: Sequence[Path] = (),
    targets: Sequence[str] = (),
    below: Path | None = None,
) -> tuple[SourceUnit, ...]:
    """Return the sources that make one program, as a compilation database has them.

    They are those of ``targets`` (CMake's names), those that are listed for ``files``, those that
    lie below a directory, or all. Raises UsageError for files that are not listed and for sources
    that make more than one program, InputError for a database that is not valid.
    """
    listed = compile_commands(database)
    wanted = {file.resolve(): file for file in files}
    missing = [str(f) for path, f in wanted.items() if path not in {c.file for c in listed}]
    if missing:
        raise UsageError(f"{', '.join(missing)}: not in the compilation database", path=database)
    unknown = sorted(set(targets) - {command.target for command in listed})
    if unknown:
        known = ", ".join(sorted({command.target for command in listed} - {""})) or "none"
        raise UsageError(f"no target {unknown[0]!r} in the database", hint=f"targets: {known}")
    root = below.resolve() if below is not None else None
    chosen = {
        command.file: command
        for command in reversed(listed)
        if (not wanted or command.file in wanted)
        and (not targets or command.target in targets)
        and (root is None or command.file.is_relative_to(root))
    }
    commands = tuple(reversed(chosen.values()))
    if not commands:
        raise UsageError("the compilation database lists none of the sources", path=database)
    _check_single_program(commands)
    return tuple(_unit(command) for command in commands)


def in_result(units: Sequence[SourceUnit], original: Path, result: Path) -> tuple[SourceUnit, ...]:
    """Return the sources of a result: those at the same relative paths below its directory.

    What the result does not have is taken from the original. Include directories below the
    original come after their counterparts below the result.
    """
    return tuple(_moved(unit, original.resolve(), result.resolve()) for unit in units)


def _moved(unit: SourceUnit, original: Path, result: Path) -> SourceUnit:
    if not unit.source.is_relative_to(original):
        return unit
    source = result / unit.source.relative_to(original)
    neighbours = (source.parent, unit.source.parent)
    arguments: list[str] = []
    for argument in unit.arguments:
        option, path = _include_path(argument)
        if option and path.is_relative_to(original):
            arguments.append(f"{option}{result / path.relative_to(original)}")
        arguments.append(argument)
    if source.is_file():
        arguments.insert(0, f"-iquote{unit.source.parent}")
        return SourceUnit(source, tuple(arguments), unit.directory)
    return SourceUnit(unit.source, tuple(arguments), unit.directory, neighbours)


def _include_path(argument: str) -> tuple[str, Path]:
    option = next((o for o in _INCLUDES if argument.startswith(o)), "")
    return option, Path(argument.removeprefix(option))


def _unit(command: CompileCommand) -> SourceUnit:
    """Return an entry without the name of its file, with include paths made absolute and joined."""
    arguments: list[str] = []
    rest = iter(command.arguments)
    for word in rest:
        option = next((o for o in _INCLUDES if word.startswith(o)), "")
        if option:
            path = word.removeprefix(option) or next(rest, "")
            arguments.append(f"{option}{(command.directory / path).resolve()}")
        elif word.startswith("-") or (command.directory / word).resolve() != command.file:
            arguments.append(word)
    return SourceUnit(command.file, tuple(arguments), command.directory)


def _check_single_program(commands: Sequence[CompileCommand]) -> None:
    """Raise UsageError when sources define none or more than one ``main``."""
    mains = [command for command in commands if _defines_main(command.file)]
    if len(mains) == 1:
        return
    if not mains:
        raise UsageError(
            "none of the sources defines main", hint="name all files of the program: FILE..."
        )
    names = ", ".join(
        f"{command.file}{f' (target {command.target})' if command.target else ''}"
        for command in mains
    )
    hint = "choose by naming the files of one program"
    if any(command.target for command in mains):
        hint += f", or its targets: --target {next(c.target for c in mains if c.target)}"
    raise UsageError(f"more than one of the sources defines main: {names}", hint=hint)


def _defines_main(file: Path) -> bool:
    try:
        text = file.read_text("utf-8", "replace")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=file) from error
    return _MAIN.search(_NO_CODE.sub(" ", text)) is not None
