# SPDX-License-Identifier: Apache-2.0
"""Source files as bytes, and spans of them.

All offsets are **byte** offsets from the start of the file, a byte-order mark counted; lines and
columns are 1-based, columns count bytes (as Clang's do).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

_COMMENT = re.compile(rb"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open byte range ``[begin, end)`` of a source file."""

    begin: int
    end: int

    def contains(self, other: Span) -> bool:
        """Tell whether ``other`` lies within this span."""
        return self.begin <= other.begin and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Position:
    """A place for people: 1-based line and 1-based byte column."""

    line: int
    column: int


@dataclass(frozen=True)
class SourceFile:
    """The bytes of one file and the means to speak of places in it."""

    path: Path
    content: bytes
    line_starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0]
        at = self.content.find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.content.find(b"\n", at + 1)
        object.__setattr__(self, "line_starts", tuple(starts))

    def position(self, offset: int) -> Position:
        """Return line and column of a byte offset."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line(self, offset: int) -> int:
        """Return the 1-based line of a byte offset."""
        return bisect_right(self.line_starts, offset)

    def line_text(self, line: int) -> str:
        """Return the text of a 1-based line without its end-of-line characters."""
        begin = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.content)
        return self.content[begin:end].rstrip(b"\r\n").decode("utf-8", "replace")

    def text(self, span: Span) -> str:
        """Return the text of a span."""
        return self.content[span.begin : span.end].decode("utf-8", "replace")

    def indentation(self, offset: int) -> bytes:
        """Return the leading white space of the line that holds ``offset``."""
        begin = self.line_starts[self.line(offset) - 1]
        end = begin
        while end < len(self.content) and self.content[end : end + 1] in (b" ", b"\t"):
            end += 1
        return self.content[begin:end]

    @property
    def end_of_line(self) -> bytes:
        """The file's own end of line: CRLF when its first line ends so."""
        at = self.content.find(b"\n")
        return b"\r\n" if at > 0 and self.content[at - 1 : at] == b"\r" else b"\n"


def blank_comments(content: bytes, *, strings: bool = False) -> bytes:
    """Return the content with comments (and, if asked, literals) turned into blanks.

    Length and line structure stay as they are, so offsets remain valid.
    """

    def blank(match: re.Match[bytes]) -> bytes:
        text = match.group()
        if text[:1] in (b'"', b"'") and not strings:
            return text
        return re.sub(rb"[^\r\n]", b" ", text)

    return _COMMENT.sub(blank, content)
