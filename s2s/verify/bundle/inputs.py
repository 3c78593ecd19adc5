# SPDX-License-Identifier: Apache-2.0
"""The input files that a run needs: copied, measured, and refused when they are too much."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from s2s.errors import InputError
from s2s.verify.scratch import check_output_name

INPUT_LIMIT = 64 << 20
"""Bytes of input files that a bundle takes unless it is told otherwise."""


def stage_inputs(
    source: Path, target: Path, names: Iterable[str], leave_out: Iterable[PurePath], limit: int
) -> None:
    """Copy inputs from the directory ``source`` into the new directory ``target``.

    ``names`` are files and directories below ``source``; without any, it is all that is not
    hidden. ``leave_out`` are paths that are not copied (outputs, the archive itself), relative to
    ``source``; the directories above them are made. Links are copied as what they lead to.
    Raises UsageError for a name that is not below ``source``, InputError for one that is not
    there and when there is more than ``limit`` bytes.
    """
    wanted = [check_output_name(name) for name in names]
    left_out = frozenset(leave_out)
    roots = wanted or sorted(PurePath(e.name) for e in source.iterdir() if e.name[0] != ".")
    files: dict[PurePath, int] = {}
    for root in roots:
        if not source.joinpath(root).exists():
            raise InputError("is not there", path=source / root)
        files |= {
            f: source.joinpath(f).stat().st_size for f in _files(source, root) if f not in left_out
        }
    if sum(files.values()) > limit:
        raise _too_much(files, limit)
    target.mkdir(parents=True)
    for parent in {parent for path in (*files, *left_out) for parent in path.parents}:
        target.joinpath(parent).mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy2(source / file, target / file)


def _files(source: Path, root: PurePath) -> Iterator[PurePath]:
    if source.joinpath(root).is_file():
        yield root
    for folder, directories, names in os.walk(source / root):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file():
                yield PurePath(path.relative_to(source))


def _too_much(files: dict[PurePath, int], limit: int) -> InputError:
    largest = sorted(files, key=lambda file: files[file], reverse=True)[:3]
    shown = ", ".join(f"{file} ({_megabytes(files[file])})" for file in largest)
    return InputError(
        f"the input files are {_megabytes(sum(files.values()))}, more than {_megabytes(limit)}: "
        f"{shown}",
        hint="name those that the run needs with --input, or raise --input-limit",
    )


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f} MB"
