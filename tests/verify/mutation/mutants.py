# SPDX-License-Identifier: Apache-2.0
"""Damage offload code in the ways that people do: one fault for each mutant.

Works on the text of directives, whoever wrote them; continuation lines belong to a directive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*pragma[ \t]+omp\b(?:[^\n]*\\\n)*[^\n]*\n", re.MULTILINE)
_CLAUSE = re.compile(rb"\b(?P<name>map|private|firstprivate|reduction|lastprivate)[ \t]*\(")
_MAP_TYPE = re.compile(rb"map\((?P<type>tofrom|to|from|alloc)[ \t]*:")
_SECTION = re.compile(rb"\[(?P<low>[^\[\]:]*):(?P<length>(?:[^\[\]]|\[[^\[\]]*\])+)\]")

#: What a map-type is mistaken for.
_WEAKER = {b"tofrom": (b"to", b"from", b"alloc"), b"to": (b"alloc",), b"from": (b"alloc",)}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A damaged text: what was done, on which 1-based line."""

    kind: str
    line: int
    detail: str
    text: bytes


def mutants_of(text: bytes) -> Iterator[Mutant]:
    """Yield every mutant of a text, in a fixed order."""
    for match in _DIRECTIVE.finditer(text):
        directive = match[0]
        line = text[: match.start()].count(b"\n") + 1
        for kind, detail, damaged in _damages(directive):
            changed = text[: match.start()] + damaged + text[match.end() :]
            yield Mutant(kind, line, detail, changed)


def _damages(directive: bytes) -> Iterator[tuple[str, str, bytes]]:
    words = re.split(rb"[^a-z]+", directive)
    if b"update" in words or b"atomic" in words:
        kind = "drop update" if b"update" in words and b"target" in words else "drop atomic"
        yield kind, directive.strip().decode(), b"\n" * directive.count(b"\n")
    for name, begin, end in _clauses(directive):
        clause = directive[begin:end]
        without = directive[:begin] + directive[end:]
        yield f"drop {name.decode()}", clause.decode(), without
        if name == b"map":
            yield from _weaker_maps(directive, begin, end)
    if b"target" in words:
        for section in _SECTION.finditer(directive):
            length = section["length"]
            shorter = b"[%s:(%s) - 1]" % (section["low"], length)
            at = section.span()
            yield (
                "shorten section",
                section[0].decode(),
                directive[: at[0]] + shorter + directive[at[1] :],
            )


def _weaker_maps(directive: bytes, begin: int, end: int) -> Iterator[tuple[str, str, bytes]]:
    clause = directive[begin:end]
    match = _MAP_TYPE.match(clause)
    if match is None:
        return
    for other in _WEAKER.get(match["type"], ()):
        changed = b"map(" + other + clause[match.end("type") :]
        kind = f"{match['type'].decode()} to {other.decode()}"
        yield kind, clause.decode(), directive[:begin] + changed + directive[end:]


def _clauses(directive: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, begin and end of the data clauses of a directive."""
    for match in _CLAUSE.finditer(directive):
        depth, at = 1, match.end()
        while depth and at < len(directive):
            depth += {b"(": 1, b")": -1}.get(directive[at : at + 1], 0)
            at += 1
        yield match["name"], match.start(), at
