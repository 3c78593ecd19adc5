# SPDX-License-Identifier: Apache-2.0
"""The program's own files that a source includes: kernels often stand in one of them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

MAX_FILES = 200

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)
_OPTIONS = ("-iquote", "-I")


def included_texts(source: Path, text: bytes, directories: Sequence[Path]) -> dict[Path, bytes]:
    """Return what a text includes in quotes, directly or not, by absolute path.

    Files are looked for beside the one that includes them (for the text itself: beside
    ``source``), then in ``directories``. Conditions are not looked at, what is not there is left
    out, and after MAX_FILES files the search ends.
    """
    found: dict[Path, bytes] = {}
    queue = deque([(source.absolute().parent, text)])
    while queue and len(found) < MAX_FILES:
        folder, including = queue.popleft()
        for name in _INCLUDE.findall(including):
            path = _first((folder, *directories), name.decode("utf-8", "replace"))
            if path is not None and path not in found and path != source.absolute():
                found[path] = path.read_bytes()
                queue.append((path.parent, found[path]))
    return found


def include_directories(arguments: Iterable[str], base: Path) -> tuple[Path, ...]:
    """Return the directories that a compiler's arguments name for includes in quotes."""
    out: list[Path] = []
    rest = iter(arguments)
    for word in rest:
        option = next((option for option in _OPTIONS if word.startswith(option)), "")
        if option:
            out.append(base / (word.removeprefix(option) or next(rest, ".")))
    return tuple(out)


def _first(folders: Iterable[Path], name: str) -> Path | None:
    paths = ((folder / name).resolve() for folder in folders)
    return next((path for path in paths if path.is_file()), None)
