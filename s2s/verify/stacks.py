# SPDX-License-Identifier: Apache-2.0
"""Stack frames in the reports of LLVM's sanitizers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from s2s.verify.findings import Place

_FRAME = re.compile(r"^ +#(\d+) (?:0x[0-9a-f]+ in )?(.*)$", re.MULTILINE)
_WHERE = re.compile(
    r"(?P<function>.*?) (?P<file>/[^:\n]*):(?P<line>\d+)(?::(?P<column>\d+))?(?: |$)"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame with a place in a source; frames without are left out."""

    function: str
    place: Place


def frames_of(stack: str) -> Iterator[Frame]:
    """Yield the frames of the first stack in a text, innermost first."""
    seen = -1
    for match in _FRAME.finditer(stack):
        number = int(match[1])
        if number <= seen:
            return
        seen = number
        where = _WHERE.match(match[2])
        if where is not None:
            column = int(where["column"] or 0)
            yield Frame(where["function"], Place(where["file"], int(where["line"]), column))


def first_place(stack: str, files: frozenset[str]) -> Place | None:
    """Return the innermost place in one of the program's own files, else the innermost of all."""
    places = [frame.place for frame in frames_of(stack)]
    own = (place for place in places if place.file in files)
    return next(own, places[0] if places else None)
