# SPDX-License-Identifier: Apache-2.0
"""Where results go: which file each input is written to, and whether it can be written there.

Everything that can be known before the translation is checked before it. A symbolic link is
refused as a target: replacing it would leave the file behind it as it was, and following it would
write to a place that the command line does not name.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from s2s.errors import OutputError, UsageError

BACKUP_SUFFIX = ".s2s.bak"


def targets_of(
    files: Sequence[Path], out: Path | None, out_dir: Path | None, in_place: bool
) -> tuple[Path | None, ...]:
    """Return the target of every input; None is no file.

    Raises UsageError for options that contradict each other and for two inputs with one target.
    """
    if sum((out is not None, out_dir is not None, in_place)) > 1:
        raise UsageError("only one of -o, --out-dir and --in-place can be given")
    if out is not None and len(files) > 1:
        raise UsageError("-o takes one file", hint="use --out-dir or --in-place for several")
    if out is not None:
        return (out,)
    if out_dir is None and not in_place:
        return (None,) * len(files)
    targets = tuple(files) if out_dir is None else tuple(out_dir / file.name for file in files)
    seen: dict[Path, Path] = {}
    for file, target in zip(files, targets, strict=True):
        other = seen.setdefault(target.absolute(), file)
        if other is not file:
            hint = "run them one by one" if other != file else "name each file once"
            raise UsageError(f"{other} and {file} would both be written to {target}", hint=hint)
    return targets


def check_target(target: Path, inputs: Sequence[Path], *, in_place: bool = False) -> None:
    """Check that a file can be written, and that it is no input unless it is to be one.

    Raises OutputError with the reason why not.
    """
    if target.is_symlink():
        hint = f"name the file itself: {os.path.realpath(target)}"
        raise OutputError("is a symbolic link and is not written to", path=target, hint=hint)
    if not in_place and any(_same_file(target, file) for file in inputs):
        hint = "use --in-place to replace the input"
        raise OutputError("is an input file; it would be overwritten", path=target, hint=hint)
    if target.is_dir():
        raise OutputError("is a directory", path=target, hint="use --out-dir for a directory")
    if not target.parent.is_dir():
        missing = target.parent
        raise OutputError(f"cannot be written: there is no directory '{missing}'", path=target)
    if not target.exists():
        return
    mode = target.stat().st_mode
    # Root may write to everything; a file without any write permission still says what it wants.
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise OutputError("is read-only", path=target, hint="chmod u+w, or choose another output")
    if not stat.S_ISREG(mode) and not stat.S_ISCHR(mode) and not stat.S_ISFIFO(mode):
        raise OutputError("is not a file that can be written", path=target)


def check_backup(file: Path) -> Path:
    """Return the place of a file's backup.

    Raises OutputError when a backup is there already: it may hold what was there first.
    """
    backup = file.with_name(file.name + BACKUP_SUFFIX)
    if backup.exists() or backup.is_symlink():
        raise OutputError("is an earlier backup", path=backup, hint="move it away, or remove it")
    return backup


def make_directory(directory: Path) -> None:
    """Make the directory of ``--out-dir``; its parent must be there.

    Raises OutputError when it cannot be made.
    """
    try:
        directory.mkdir(exist_ok=True)
    except OSError as error:
        hint = "its parent directory must exist" if not directory.parent.exists() else None
        raise OutputError(
            f"the directory cannot be made: {error.strerror}", path=directory, hint=hint
        ) from error


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there, so they are not the same
        return False
