# SPDX-License-Identifier: Apache-2.0
"""Further inputs of a program: a directory, each entry of which is a case.

``NAME.args`` holds the arguments of one more run, on one line, in the shell's words; ``NAME.cmd``
a whole command, as ``--run`` takes it. ``NAME.in`` is the standard input of the case; alone, it
goes with the usual arguments. A directory ``NAME`` is laid over the working directory, and may
hold the files ``args``, ``cmd`` and ``in`` with the same meaning. Hidden entries are passed over.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from s2s.errors import UsageError
from s2s.verify.run import RunCommand, parse_run_command
from s2s.verify.scratch import mirror_directory

ARGUMENTS = "args"
COMMAND = "cmd"
STDIN = "in"
_SUFFIXES = (ARGUMENTS, COMMAND, STDIN)


@dataclass(frozen=True, slots=True)
class InputCase:
    """One more run of the program; ``overlay`` is laid over its working directory."""

    name: str
    command: RunCommand
    overlay: Path | None = None


def read_cases(directory: Path, usual: RunCommand | None) -> tuple[InputCase, ...]:
    """Return the cases of a directory, by name; ``usual`` is the command of the ordinary run.

    Raises UsageError when the directory or an entry cannot be read, is no case, or there is none.
    """
    try:
        entries = sorted(p for p in directory.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise UsageError(f"{directory} cannot be read: {error.strerror}") from error
    parts: dict[str, dict[str, Path]] = {}
    for entry in entries:
        if entry.is_dir():
            found = {suffix: p for suffix in _SUFFIXES if (p := entry / suffix).is_file()}
            parts.setdefault(entry.name, {}).update({"": entry, **found})
        elif (suffix := entry.suffix[1:]) in _SUFFIXES:
            parts.setdefault(entry.stem, {})[suffix] = entry
        else:
            hint = f"a case is NAME.{', NAME.'.join(_SUFFIXES)} or a directory"
            raise UsageError(f"{entry} is no case", hint=hint)
    if not parts:
        raise UsageError(f"{directory} holds no cases", hint="s2s verify --help says what they are")
    base = usual or RunCommand()
    return tuple(_case(name, files, base) for name, files in sorted(parts.items()))


def lay_over(overlay: Path, directory: Path) -> None:
    """Copy a directory's entries over those of a scratch directory.

    Links in the scratch directory lead to the user's own files: they are replaced, not followed.
    Raises UsageError when something cannot be read.
    """
    for entry in sorted(overlay.iterdir()):
        target = directory / entry.name
        if entry.is_dir():
            _make_real(target)
            lay_over(entry, target)
            continue
        try:
            target.unlink(missing_ok=True)
            shutil.copy2(entry, target)
        except OSError as error:
            raise UsageError(f"{entry} cannot be used as input: {error.strerror}") from error


def _make_real(directory: Path) -> None:
    """Make a directory where there is none, or where there is a link to one."""
    if directory.is_symlink():
        source = directory.resolve()
        directory.unlink()
        if source.is_dir():
            mirror_directory(source, directory)
            return
    directory.mkdir(exist_ok=True)


def _case(name: str, files: dict[str, Path], base: RunCommand) -> InputCase:
    if ARGUMENTS in files and COMMAND in files:
        raise UsageError(f"case '{name}' has both arguments and a command", hint="leave one out")
    command = base
    if ARGUMENTS in files:
        line = _line(files[ARGUMENTS])
        read = parse_run_command(f"{_PROGRAM} {line}")
        stdin = read.stdin if read.stdin is not None else base.stdin
        command = replace(base, arguments=read.arguments, stdin=stdin)
    elif COMMAND in files:
        command = parse_run_command(_line(files[COMMAND]))
    if STDIN in files:
        command = replace(command, stdin=str(_readable(files[STDIN])))
    return InputCase(name, command, files.get(""))


_PROGRAM = "a.out"


def _line(path: Path) -> str:
    """Return the only line of a file."""
    lines = [line for line in _text(path) if line.strip()]
    if len(lines) > 1:
        raise UsageError(f"{path} has more than one line", hint="make each line a case of its own")
    return lines[0].strip() if lines else ""


def _text(path: Path) -> Iterator[str]:
    try:
        yield from path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text file") from error


def _readable(path: Path) -> Path:
    try:
        path.open("rb").close()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    return path.absolute()
