# SPDX-License-Identifier: Apache-2.0
"""Stack frames in the reports of LLVM's sanitizers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from s2s.verify.findings import Place

_FRAME = re.compile(r"^ +#(\d+) (?:0x[0-9a-f]+ in )?(.*)$", re.MULTILINE)
_WHERE = re.compile(r".*? (?P<file>/[^:\n]*):(?P<line>\d+)(?::(?P<column>\d+))?(?: |$)")


def places_of(stack: str) -> Iterator[Place]:
    """Yield the places of the first stack in a text, innermost first; frames may have none."""
    seen = -1
    for match in _FRAME.finditer(stack):
        number = int(match[1])
        if number <= seen:
            return
        seen = number
        where = _WHERE.match(match[2])
        if where is not None:
            yield Place(where["file"], int(where["line"]), int(where["column"] or 0))


def first_place(stack: str, files: frozenset[str]) -> Place | None:
    """Return the innermost place in one of the program's own files, else the innermost of all."""
    places = list(places_of(stack))
    own = (place for place in places if place.file in files)
    return next(own, places[0] if places else None)
