# SPDX-License-Identifier: Apache-2.0
"""``compile_commands.json``: the arguments that a build uses for a file.

Format: https://clang.llvm.org/docs/JSONCompilationDatabase.html
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s2s.errors import InputError, UsageError

_TARGET = re.compile(r"CMakeFiles/([^/\s]+)\.dir/")
_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ", "-Xlinker", "-L"}
_DROPPED = {"-c", "-S", "-E", "-M", "-MM", "-MD", "-MMD", "-MP", "-Werror", "-fopenmp"}


@dataclass(frozen=True, slots=True)
class CompileCommand:
    """An entry of a database: how ``file`` is compiled in ``directory``; both are absolute.

    ``arguments`` are those of the command without the compiler, as they stand there. ``target`` is
    what CMake calls the program or library that the object is for, empty where nothing tells.
    """

    file: Path
    directory: Path
    arguments: tuple[str, ...]
    target: str


def compile_commands(directory: Path) -> tuple[CompileCommand, ...]:
    """Return the entries of a compilation database.

    Raises:
        UsageError: the directory holds no ``compile_commands.json``.
        InputError: the database is not valid.
    """
    path = _database(directory)
    return tuple(_command(entry, path.parent) for entry in _entries(path))


def arguments_for(directory: Path, file: Path) -> tuple[str, ...]:
    """Return the front-end arguments of ``file`` in a compilation database.

    Relative include paths are made absolute against the entry's directory.

    Raises:
        UsageError: the directory holds no ``compile_commands.json`` or it does not list the file.
        InputError: the database is not valid.
    """
    path, wanted = _database(directory), file.resolve()
    for entry in _entries(path):
        if _file(entry, path.parent) == wanted:
            command = _command(entry, path.parent)
            return _front_end_arguments(list(command.arguments), command.directory, wanted)
    raise UsageError(
        f"{file} is not in the compilation database", path=path, hint="give its flags after --"
    )


def _database(directory: Path) -> Path:
    return directory / "compile_commands.json" if directory.is_dir() else directory


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"no compile_commands.json: {error.strerror}",
            path=path,
            hint="give the build directory; CMake writes one with "
            "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
        ) from error
    except ValueError as error:
        raise InputError(f"not a compilation database: {error}", path=path) from error
    if not isinstance(entries, list):
        return []
    if not all(isinstance(entry, dict) for entry in entries):
        raise InputError("not a compilation database: an entry is no object", path=path)
    return entries


def _file(entry: dict[str, Any], base: Path) -> Path:
    directory, file = str(entry.get("directory", ".")), str(entry.get("file", ""))
    return (base / directory / file).resolve()


def _command(entry: dict[str, Any], base: Path) -> CompileCommand:
    words = entry.get("arguments") or shlex.split(entry.get("command", ""))
    made = _TARGET.search(" ".join((str(entry.get("output", "")), *words)))
    directory = (base / entry.get("directory", ".")).resolve()
    target = made[1] if made else ""
    return CompileCommand(_file(entry, base), directory, tuple(words[1:]), target)


def _front_end_arguments(words: list[str], base: Path, file: Path) -> tuple[str, ...]:
    out: list[str] = []
    pending = iter(words)
    for word in pending:
        if word in _WITH_VALUE:
            next(pending, None)
        elif word in _DROPPED or word.startswith(("-Wl,", "-fopenmp", "-L", "-l", "-o")):
            continue
        elif word in ("-I", "-isystem", "-iquote", "-include"):
            out += [word, str(base / next(pending, ""))]
        elif word.startswith("-I"):
            out.append("-I" + str(base / word[2:]))
        elif not word.startswith("-") and (base / word).resolve() == file:
            continue
        else:
            out.append(word)
    return tuple(out)
