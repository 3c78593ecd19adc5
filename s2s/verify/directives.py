# SPDX-License-Identifier: Apache-2.0
"""Read the OpenMP directives of a text: their names and clauses, with places in the text.

Works on the bytes, so that what is edited keeps its lines. ``_Pragma`` and directives that macros
make are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PRAGMA = re.compile(rb"^[ \t]*#[ \t]*pragma[ \t]+omp\b(?:[^\n]*\\\r?\n)*[^\r\n]*", re.MULTILINE)
_HEAD = re.compile(rb"[ \t]*#[ \t]*pragma[ \t]+omp\b")
_COMMENT = re.compile(rb"//(?:[^\n]*\\\r?\n)*[^\r\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_NAMES = frozenset(
    (b"target", b"teams", b"distribute", b"parallel", b"for", b"simd", b"loop"),
)
_PARENTHESES = {b"(": 1, b")": -1}


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause or a word of a directive's name; ``begin`` and ``end`` are offsets in the text.

    ``argument`` is what stands in its parentheses, None without any.
    """

    name: bytes
    begin: int
    end: int
    argument: bytes | None = None


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive that lies at ``begin`` (the line) to ``end`` (before a comment behind it).

    ``words`` is the name of a construct on regions, leagues or loops, empty for others.
    """

    begin: int
    end: int
    words: tuple[Clause, ...]
    clauses: tuple[Clause, ...]

    @property
    def name(self) -> tuple[bytes, ...]:
        """The words of the name."""
        return tuple(word.name for word in self.words)

    def clauses_of(self, *names: bytes) -> tuple[Clause, ...]:
        """Return the clauses that bear one of the names."""
        return tuple(clause for clause in self.clauses if clause.name in names)


def directives_in(text: bytes) -> Iterator[Directive]:
    """Yield the directives of a text in order."""
    for match in _PRAGMA.finditer(text):
        code = _without_comments(match[0])
        head = _HEAD.match(code)
        assert head is not None  # the pattern begins with it
        words = tuple(_words(code, head.end(), match.start()))
        named = 0
        while named < len(words) and words[named].name in _NAMES and not words[named].argument:
            named += 1
        end = match.start() + len(code.rstrip())
        yield Directive(match.start(), end, words[:named], words[named:])


def blank(text: bytes) -> bytes:
    """Return spaces in place of a text that keep its lines."""
    return re.sub(rb"[^\\\r\n]", b" ", text)


def _without_comments(line: bytes) -> bytes:
    """Return a directive with spaces for comments and for the ends of continued lines."""
    line = _COMMENT.sub(lambda match: re.sub(rb"[^\r\n]", b" ", match[0]), line)
    return re.sub(rb"\\(?=\r?\n)", b" ", line)


def _words(code: bytes, at: int, offset: int) -> Iterator[Clause]:
    """Yield the words from ``at`` on, each with the parentheses that follow it."""
    while match := _WORD.search(code, at):
        at = match.end()
        begin = at + len(code[at:]) - len(code[at:].lstrip())
        if code[begin : begin + 1] != b"(":
            yield Clause(match[0], offset + match.start(), offset + at)
            continue
        at = _closing(code, begin)
        argument = code[begin + 1 : at - 1].strip()
        yield Clause(match[0], offset + match.start(), offset + at, argument)


def _closing(code: bytes, at: int) -> int:
    """Return the end of the parentheses that open at ``at``."""
    depth = 0
    for position in range(at, len(code)):
        depth += _PARENTHESES.get(code[position : position + 1], 0)
        if depth == 0:
            return position + 1
    return len(code)
