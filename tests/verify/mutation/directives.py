# SPDX-License-Identifier: Apache-2.0
"""Directives, their clauses and the statements around them, as places in a text.

Good enough for texts that s2s or a person wrote with ordinary layout: comments and literals are
blanked out before anything is looked for, a directive goes to the end of its last continuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*pragma[ \t]+omp\b(?:[^\n]*\\\n)*[^\n]*\n", re.MULTILINE)
_HIDDEN = re.compile(rb"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'", re.DOTALL)
_PREPROCESSOR = re.compile(rb"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*\n", re.MULTILINE)
_CLAUSE = re.compile(
    rb"\b(?P<name>map|private|firstprivate|reduction|lastprivate|to|from|if|collapse)[ \t]*\("
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with an argument: where it stands in its directive, its modifier, its list items.

    ``head`` is what comes before the first item (``map(to: ``), colon and blank included.
    """

    name: str
    begin: int
    end: int
    head: bytes
    items: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive: its bytes, and where they are in the text."""

    begin: int
    end: int
    text: bytes

    @property
    def words(self) -> frozenset[bytes]:
        """The words before the first clause."""
        return frozenset(re.split(rb"[^a-z]+", self.text.split(b"(")[0]))

    def has(self, *words: bytes) -> bool:
        """Tell whether the directive's name has all these words."""
        return self.words.issuperset(words)

    @property
    def stands_alone(self) -> bool:
        """Whether no statement belongs to it."""
        words = {b"update", b"enter", b"exit", b"barrier", b"taskwait", b"flush"}
        return bool(self.words & words)

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses that have an argument."""
        end = 0
        for match in _CLAUSE.finditer(self.text):
            if match.start() < end:
                continue  # inside of another clause
            end = _closing(self.text, match.end())
            inside = self.text[match.end() : end - 1]
            colon = _colon(inside)
            head = self.text[match.start() : match.end()] + inside[:colon]
            items = tuple(item.strip() for item in _split(inside[colon:]))
            yield Clause(match["name"].decode(), match.start(), end, head, items)


def directives_of(text: bytes) -> Iterator[Directive]:
    """Yield the OpenMP directives of a text."""
    for match in _DIRECTIVE.finditer(text):
        yield Directive(match.start(), match.end(), match[0])


def blanked(text: bytes) -> bytes:
    """Return a text of the same length without comments, literals and preprocessor lines."""

    def blanks(match: re.Match[bytes]) -> bytes:
        return re.sub(rb"[^\n]", b" ", match[0])

    return _PREPROCESSOR.sub(blanks, _HIDDEN.sub(blanks, text))


def statement_before(text: bytes, at: int) -> int | None:
    """Return where the line of the statement before ``at`` begins, None if a block begins there.

    The directives of the statement belong to it.
    """
    plain = blanked(text)
    end = len(plain[:at].rstrip())
    alone = [d for d in directives_of(text[:at]) if d.stands_alone and d.begin >= end]
    if alone:
        return alone[-1].begin
    if end == 0 or plain[end - 1 : end] == b"{":
        return None
    k = _start_backwards(plain, end)
    begin = k + len(plain[k:end]) - len(plain[k:end].lstrip())
    line = text.rfind(b"\n", 0, begin) + 1
    for directive in reversed(list(directives_of(text[:line]))):
        if directive.end == line and not directive.stands_alone:
            line = directive.begin
    return line


def statement_after(text: bytes, at: int) -> int | None:
    """Return where the statement after ``at`` ends, line end included; None at a block's end."""
    plain = blanked(text)
    first = at + len(plain[at:]) - len(plain[at:].lstrip())
    for directive in directives_of(text):
        if at <= directive.begin < first and directive.stands_alone:
            return directive.end
    if plain[first : first + 1] in (b"}", b""):
        return None
    depth, k = 0, first
    while k < len(plain):
        character = plain[k : k + 1]
        depth += {b"(": 1, b"{": 1, b"[": 1, b")": -1, b"}": -1, b"]": -1}.get(character, 0)
        ends = character == b";" or (character == b"}" and not _goes_on(plain, k + 1))
        if depth == 0 and ends:
            newline = text.find(b"\n", k)
            return newline + 1 if newline >= 0 else len(text)
        if depth < 0:
            return None
        k += 1
    return None


def loop_around(text: bytes, at: int) -> tuple[int, int] | None:
    """Return begin and end (whole lines) of the innermost loop with a block around ``at``."""
    plain = blanked(text)
    depth, k = 0, at
    while k > 0:
        k -= 1
        character = plain[k : k + 1]
        depth += {b"}": 1, b"{": -1}.get(character, 0)
        if depth < 0:
            begin = _start_backwards(plain, k)
            head = plain[begin:k].lstrip()
            if re.match(rb"for\b|while\b", head):
                line = text.rfind(b"\n", 0, k - len(head)) + 1
                end = statement_after(text, line)
                return (line, end) if end is not None else None
            depth = 0
    return None


def _goes_on(plain: bytes, at: int) -> bool:
    return re.match(rb"\s*(?:else|while)\b", plain[at:]) is not None


def _start_backwards(plain: bytes, end: int) -> int:
    """Return where the statement that ends at ``end`` begins, white space before it included."""
    depth, k = 0, end
    closed = plain[end - 1 : end] in (b"}", b";")
    while k > 0:
        character = plain[k - 1 : k]
        last = k == end and closed
        if depth == 0 and not last and character in (b";", b"{", b"}"):
            return k
        depth += {b")": 1, b"}": 1, b"]": 1, b"(": -1, b"{": -1, b"[": -1}.get(character, 0)
        if depth < 0:
            return k
        k -= 1
    return 0


def _closing(text: bytes, at: int) -> int:
    depth = 1
    while depth and at < len(text):
        depth += {b"(": 1, b")": -1}.get(text[at : at + 1], 0)
        at += 1
    return at


def _colon(inside: bytes) -> int:
    """Return where the list begins: after the colon of a modifier, if there is one."""
    depth = 0
    for k, character in enumerate(inside):
        depth += (character in b"([") - (character in b")]")
        if depth == 0 and character in b":?":
            return k + 1 if character == b":"[0] else 0
    return 0


def _split(inside: bytes) -> Iterator[bytes]:
    depth, begin = 0, 0
    for k, character in enumerate(inside):
        depth += (character in b"([") - (character in b")]")
        if depth == 0 and character == b","[0]:
            yield inside[begin:k]
            begin = k + 1
    yield inside[begin:]
