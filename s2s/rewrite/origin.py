# SPDX-License-Identifier: Apache-2.0
"""Where the bytes of an edited text come from.

Loop transformations change the text before it is analysed again; remarks and reports still speak
of the user's file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from s2s.rewrite.edits import Edit
from s2s.source import Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Segment:
    """Bytes from ``begin`` on come from ``origin`` on; ``fixed`` ones from that very place."""

    begin: int
    origin: int
    fixed: bool


class OriginMap:
    """Maps offsets of an edited text to offsets of the original."""

    def __init__(self, segments: Iterable[_Segment], before: OriginMap | None = None) -> None:
        self._segments = list(segments)
        self._starts = [s.begin for s in self._segments]
        self._before = before

    @staticmethod
    def of_edits(edits: Iterable[Edit], before: OriginMap | None) -> OriginMap:
        """Return the map for one round of edits, on top of earlier rounds."""
        segments = [_Segment(0, 0, False)]
        old, new = 0, 0
        for edit in sorted(edits, key=lambda e: (e.begin, e.rank)):
            new += edit.begin - old
            if edit.text:
                origin = edit.begin if edit.origin is None else edit.origin
                segments.append(_Segment(new, origin, edit.origin is None))
                new += len(edit.text)
            old = edit.end
            segments.append(_Segment(new, old, False))
        return OriginMap(segments, before)

    def offset(self, offset: int) -> int:
        """Return where a byte comes from."""
        segment = self._segments[bisect_right(self._starts, offset) - 1]
        found = segment.origin + (0 if segment.fixed else offset - segment.begin)
        return self._before.offset(found) if self._before is not None else found

    def span(self, span: Span) -> Span:
        """Return the original span; a span over moved text keeps its beginning."""
        begin = self.offset(span.begin)
        end = self.offset(max(span.begin, span.end - 1)) + 1
        return Span(begin, max(begin + 1, end))

    def applied_to(self, value: T) -> T:
        """Return a plan or remark (any tree of dataclasses and tuples) with all spans mapped."""
        if isinstance(value, Span):
            return cast(T, self.span(value))
        if isinstance(value, tuple):
            return cast(T, tuple(self.applied_to(v) for v in value))
        if is_dataclass(value) and not isinstance(value, type):
            changes: dict[str, Any] = {
                f.name: self.applied_to(getattr(value, f.name)) for f in fields(value)
            }
            return cast(T, replace(value, **changes))
        return value
