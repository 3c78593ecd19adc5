# SPDX-License-Identifier: Apache-2.0
"""What a front end is."""

from __future__ import annotations

from typing import Protocol

from s2s.ir.program import Program
from s2s.source import SourceFile


class Frontend(Protocol):
    """Turns the bytes of a file into a :class:`Program`.

    A front end is asked again with edited bytes after a loop transformation, so it must not read
    the file itself.
    """

    def parse(self, source: SourceFile, arguments: tuple[str, ...]) -> Program:
        """Parse; raises FrontendError when nothing of the file can be understood."""
        ...
