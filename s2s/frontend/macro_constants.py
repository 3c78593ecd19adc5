# SPDX-License-Identifier: Apache-2.0
"""Names for the integer literals that the expansion of a macro brings along.

In ``#define N 2048`` and ``#define AT(i, j) ((i) + (j) * N)`` an expansion of ``AT`` holds 2048,
and nothing in the tree tells that it is ``N``. Bounds are written as ``N``, so that the two have to
be known as one value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from s2s.source import blank_comments

_DEFINITION = re.compile(
    rb"^[ \t]*#[ \t]*(?:define|undef)[ \t]+(\w+)((?:\\\r?\n|[^\n])*)$", re.MULTILINE
)
_UNDEFINED = re.compile(rb"^[ \t]*#[ \t]*undef[ \t]+(\w+)", re.MULTILINE)
_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)
_LITERAL = re.compile(rb"[ \t]+\(?[ \t]*(0[xX][0-9a-fA-F]+|[1-9]\d*)[uUlL]*[ \t]*\)?\s*\Z")
_NAME = re.compile(rb"[A-Za-z_]\w*")
_MOST_FILES = 64


class MacroConstants:
    """The macros of a file, and of the headers beside it that it includes by name."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        self._content = content
        self._bodies: dict[bytes, list[bytes]] | None = None
        self._undefined: frozenset[bytes] | None = None

    def is_undefined(self, name: bytes) -> bool:
        """Whether a name may stand for something else elsewhere: it is undefined at some place."""
        if self._undefined is None:
            self._undefined = frozenset(_UNDEFINED.findall(self._content))
        return name in self._undefined

    def name_of(self, value: int, at: int) -> str:
        """Return the macro that is a literal of this value and that the macro used at a byte uses.

        Empty when there is none, or more than one.
        """
        use = _NAME.match(self._content, at)
        if use is None:
            return ""
        if self._bodies is None:
            self._bodies = self._definitions()
        names = [n for n in self._used_by(use[0], self._bodies) if self._value(n) == value]
        return names[0].decode("ascii", "replace") if len(names) == 1 else ""

    def _definitions(self) -> dict[bytes, list[bytes]]:
        """Return what follows each macro's name, in every definition of it."""
        bodies: dict[bytes, list[bytes]] = {}
        for text in self._texts():
            for match in _DEFINITION.finditer(blank_comments(text, strings=True)):
                bodies.setdefault(match[1], []).append(match[2])
        return bodies

    def _texts(self) -> Iterator[bytes]:
        pending = [(self._path, self._content)]
        seen: set[Path] = set()
        while pending and len(seen) < _MOST_FILES:
            path, text = pending.pop()
            yield text
            for match in _INCLUDE.finditer(text):
                header = path.parent / match[1].decode("utf-8", "replace")
                if header not in seen and header.is_file():
                    seen.add(header)
                    pending.append((header, header.read_bytes()))

    def _value(self, name: bytes) -> int | None:
        """Return what a macro stands for that has one definition, a literal."""
        bodies = (self._bodies or {}).get(name, [])
        literal = _LITERAL.match(bodies[0]) if len(bodies) == 1 else None
        return int(literal[1], 0) if literal is not None else None

    @staticmethod
    def _used_by(name: bytes, bodies: dict[bytes, list[bytes]]) -> list[bytes]:
        """Return the macros that the expansion of one may use, directly or not."""
        seen: dict[bytes, None] = {}
        pending = [name]
        while pending:
            for body in bodies.get(pending.pop(), []):
                for other in _NAME.findall(body):
                    if other in bodies and other not in seen:
                        seen[other] = None
                        pending.append(other)
        return list(seen)
