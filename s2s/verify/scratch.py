# SPDX-License-Identifier: Apache-2.0
"""Give a program the directory it expects without letting it write into the user's.

Programs read input files relative to the working directory, and write there. The scratch
directory therefore mirrors the user's: directories are real, small files are copies, what is too
big or too far down to copy is a link, and the output files that the user named are not there at
all, so that one from an earlier run is neither overwritten nor mistaken for a new one.
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePath

from s2s.errors import UsageError

MAX_FILE_BYTES = 16 << 20
MAX_TOTAL_BYTES = 64 << 20
MAX_ENTRIES = 2000


def mirror_directory(source: Path, target: Path, leave_out: Iterable[PurePath] = ()) -> None:
    """Fill ``target`` (created here) with the entries of ``source``.

    Entries nearer to the top are copied first; hidden directories become links, and so does what
    cannot be read. ``leave_out`` are paths relative to ``source``; the directories above them
    become real ones. Special files (sockets, pipes) are left out.
    """
    target.mkdir(parents=True)
    _Mirror(source.resolve(), target.resolve(), frozenset(leave_out)).fill()


def check_output_name(name: str) -> PurePath:
    """Return the normalized name of an output file.

    Raises UsageError when it is not below the working directory: such a file cannot be kept apart
    from the user's.
    """
    path = PurePath(os.path.normpath(name))
    if path.is_absolute() or ".." in path.parts or path == PurePath():
        raise UsageError(
            f"the output file {name!r} is not below the working directory",
            hint="name output files relative to the directory that the program runs in",
        )
    return path


class _Mirror:
    """One mirroring under way: what is left of the budgets."""

    def __init__(self, source: Path, target: Path, left_out: frozenset[PurePath]) -> None:
        self.source = source
        self.target = target
        self.left_out = left_out
        self.parents = frozenset(p for name in left_out for p in name.parents)
        self.entries_left = MAX_ENTRIES
        self.bytes_left = MAX_TOTAL_BYTES

    def fill(self) -> None:
        """Mirror breadth first."""
        queue = deque([PurePath()])
        while queue:
            at = queue.popleft()
            for entry in _scan(self.source / at):
                name = at / entry.name
                if name in self.left_out or self.target.is_relative_to(entry.path):
                    continue
                self.entries_left -= 1
                if self._is_real(entry, name):
                    self.target.joinpath(name).mkdir()
                    queue.append(name)
                elif not self._copied(entry, name):
                    self._link(entry, name)
        for parent in self.parents:
            self.target.joinpath(parent).mkdir(parents=True, exist_ok=True)

    def _is_real(self, entry: os.DirEntry[str], name: PurePath) -> bool:
        """Tell whether a directory is to be mirrored rather than linked."""
        if name in self.parents:
            return entry.is_dir()
        wanted = self.entries_left > 0 and not entry.name.startswith(".")
        return wanted and entry.is_dir(follow_symlinks=False)

    def _copied(self, entry: os.DirEntry[str], name: PurePath) -> bool:
        """Copy a regular file if the budgets allow it, and tell whether that was done."""
        if self.entries_left <= 0 or not entry.is_file():
            return False
        size = entry.stat().st_size
        if size > min(MAX_FILE_BYTES, self.bytes_left):
            return False
        try:
            shutil.copy2(entry.path, self.target / name)
        except OSError:
            return False
        self.bytes_left -= size
        return True

    def _link(self, entry: os.DirEntry[str], name: PurePath) -> None:
        if not (entry.is_file() or entry.is_dir()):
            return
        link = self.target / name
        with suppress(FileNotFoundError):
            link.unlink()  # what a copy that failed left behind
        link.symlink_to(Path(entry.path).resolve())


def _scan(directory: Path) -> list[os.DirEntry[str]]:
    """Return the entries of a directory in a fixed order, none if it cannot be read."""
    try:
        with os.scandir(directory) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
