# SPDX-License-Identifier: Apache-2.0
"""Private copies of a directory that a build of the user's own can run in.

A copy holds what a fresh checkout would: no history, no object files of an earlier build, no cache
of CMake's, which would lead back to the original. What lies beside the directory (``../common``) is
found through links, one level up and two.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath

from s2s.errors import UsageError

MAX_ENTRIES = 20_000
MAX_LINKED_BYTES = 16 << 20
"""Larger files are linked, not copied."""
LEVELS_ABOVE = 2

HEADER_SUFFIXES = frozenset(
    (".h", ".hh", ".hpp", ".hxx", ".h++", ".H", ".inl", ".inc", ".ipp", ".tpp")
)
SOURCE_SUFFIXES = HEADER_SUFFIXES | frozenset(
    (".c", ".cc", ".cp", ".cpp", ".cxx", ".c++", ".C", ".CPP")
)
_OBJECTS = frozenset((".o", ".obj", ".lo", ".d"))
_HISTORY = frozenset((".git", ".hg", ".svn", "CVS", ".venv", "__pycache__"))

Rewrite = Callable[[bytes], bytes]
"""Changes the text of a source, keeping its lines."""


def copy_project(directory: Path, target: Path, without: PurePath | None = None) -> Path:
    """Copy a directory below ``target`` (created here), with links to what lies around it.

    ``without`` is a file of it that an earlier build made. Returns where the copy is, as
    ``place_in`` tells. Raises UsageError for a directory with more than MAX_ENTRIES entries.
    """
    place = place_in(directory, target)
    place.parent.mkdir(parents=True)
    _copy(directory.resolve(), place, without, target.resolve())
    link_surroundings(directory, place)
    return place


def place_in(directory: Path, target: Path) -> Path:
    """Return where the copy of a directory lies: below stand-ins for the directories above it."""
    source = directory.resolve()
    above = [parent.name for parent in _above(source)]
    return target.resolve().joinpath("copy", *reversed(above), source.name)


def link_surroundings(directory: Path, place: Path) -> None:
    """Link what lies beside a directory, and beside the one above it, around its copy."""
    for parent, stand_in in zip(_above(directory.resolve()), place.parents, strict=False):
        _link_siblings(parent, stand_in, place)


def _above(source: Path) -> list[Path]:
    return [parent for parent in source.parents[:LEVELS_ABOVE] if parent.name]


def sources_of(directory: Path) -> dict[PurePath, bytes]:
    """Return the texts of the sources and headers below a directory, by relative path."""
    paths = (directory / path for path in _walk(directory))
    return {
        PurePath(path.relative_to(directory)): path.read_bytes()
        for path in paths
        if path.suffix in SOURCE_SUFFIXES and path.is_file() and os.access(path, os.R_OK)
    }


def rewrite_sources(copy: Path, rewrite: Rewrite) -> bool:
    """Rewrite the sources of a copy in place and tell whether anything changed."""
    changed = False
    for path, text in sources_of(copy).items():
        new = rewrite(text)
        if new != text:
            replace_file(copy / path, new)
            changed = True
    return changed


def replace_file(path: Path, text: bytes) -> None:
    """Give a file of a copy another text; a link, which leads to the user's file, is replaced."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)


def _copy(source: Path, place: Path, without: PurePath | None, scratch: Path) -> None:
    place.mkdir()
    paths = list(_walk(source, scratch))
    stems = {path.stem for path in paths if path.suffix in SOURCE_SUFFIXES}
    for path in paths:
        stale = path.suffix in _OBJECTS and path.stem in stems
        if not stale and path != without:
            _copy_entry(source / path, place / path)


def _walk(directory: Path, scratch: Path | None = None) -> Iterator[PurePath]:
    """Yield the files and directories below a directory, a directory before what it holds."""
    entries = 0
    for folder, directories, files in os.walk(directory):
        here = Path(folder)
        directories[:] = sorted(name for name in directories if _is_wanted(here / name, scratch))
        at = PurePath(here.relative_to(directory))
        entries += len(directories) + len(files)
        if entries > MAX_ENTRIES:
            raise UsageError(
                f"more than {MAX_ENTRIES} files to copy",
                path=directory,
                hint="give the directory that the program is built in",
            )
        yield from (at / name for name in (*directories, *sorted(files)))


def _is_wanted(path: Path, scratch: Path | None) -> bool:
    if path.name in _HISTORY or path == scratch:
        return False
    return not path.joinpath("CMakeCache.txt").exists()


def _copy_entry(source: Path, place: Path) -> None:
    """Copy a file or make a directory; what cannot be copied is linked, special files are not."""
    if source.is_symlink():
        target = source.readlink()
        place.symlink_to(target if not target.is_absolute() else source.resolve())
    elif source.is_dir():
        place.mkdir()
    elif source.is_file():
        if source.stat().st_size > MAX_LINKED_BYTES or not os.access(source, os.R_OK):
            place.symlink_to(source)
        else:
            shutil.copy2(source, place)


def _link_siblings(parent: Path, stand_in: Path, place: Path) -> None:
    """Link the entries of a directory into its stand-in, except those that are there already."""
    for entry in _entries(parent):
        link = stand_in / entry.name
        if not os.path.lexists(link) and not place.is_relative_to(entry.path):
            link.symlink_to(entry.path)


def _entries(directory: Path) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as found:
            return list(found)
    except OSError:
        return ()
