# SPDX-License-Identifier: Apache-2.0
"""``compile_commands.json``: the arguments that a build uses for a file.

Format: https://clang.llvm.org/docs/JSONCompilationDatabase.html
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from s2s.errors import InputError, UsageError

_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ", "-Xlinker", "-L"}
_DROPPED = {"-c", "-S", "-E", "-M", "-MM", "-MD", "-MMD", "-MP", "-Werror", "-fopenmp"}


def arguments_for(directory: Path, file: Path) -> tuple[str, ...]:
    """Return the front-end arguments of ``file`` in a compilation database.

    Relative include paths are made absolute against the entry's directory.

    Raises:
        UsageError: the directory holds no ``compile_commands.json`` or it does not list the file.
        InputError: the database is not valid.
    """
    path = directory / "compile_commands.json" if directory.is_dir() else directory
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
    wanted = file.resolve()
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            raise InputError("not a compilation database: an entry is no object", path=path)
        base = Path(entry.get("directory", "."))
        if (base / entry.get("file", "")).resolve() == wanted:
            words = entry.get("arguments") or shlex.split(entry.get("command", ""))
            return _front_end_arguments(words[1:], base, wanted)
    raise UsageError(
        f"{file} is not in the compilation database", path=path, hint="give its flags after --"
    )


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
