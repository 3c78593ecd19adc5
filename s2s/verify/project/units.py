# SPDX-License-Identifier: Apache-2.0
"""Sources of a program, each compiled with arguments of its own, as a compilation database says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceUnit:
    """A source, and how it is compiled: the arguments, and the directory they are relative to.

    ``neighbours`` are directories that take the place of the source's own when it includes what
    lies beside it: those of the result before those of the original.
    """

    source: Path
    arguments: tuple[str, ...]
    directory: Path
    neighbours: tuple[Path, ...] = ()
