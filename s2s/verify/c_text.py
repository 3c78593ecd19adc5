# SPDX-License-Identifier: Apache-2.0
"""Find directives and the statements they belong to in C and C++ text, without a compiler.

Works on bytes, so that offsets are those of the file. Macros are not expanded: what cannot be read
without that is refused with :class:`UnreadableError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HIDDEN = re.compile(
    rb"""
      //(?:[^\n\\]|\\.)*
    | /\*.*?(?:\*/|\Z)
    | (?:\b(?:u8|[uUL]))?R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"
    | "(?:[^"\\\n]|\\.)*"
    | (?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(rb"^[ \t]*#(?:\\\r?\n|[^\n])*", re.MULTILINE)
_REST_OF_LINE = re.compile(rb"(?:\\\r?\n|[^\n])*")
_CONTINUED = re.compile(rb"\\\r?\n")
_PRAGMA_OMP = re.compile(rb"[ \t]*#[ \t]*pragma[ \t]+omp\b[ \t]*")
_NOT_NEWLINE = re.compile(rb"[^\n]")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_SPACE = re.compile(rb"\s*")
_NOT_IN_EXPRESSION = re.compile(rb"\b(?:for|while|do|if|else|switch|case|default|goto)\b")
_BRACKET = re.compile(rb"[()\[\]{}]")
_OPENING = b"([{"


class UnreadableError(Exception):
    """A statement cannot be told from its text alone; the message says why."""


def masked(text: bytes) -> bytes:
    """Return the text with comments and the insides of literals blank, byte for byte as long.

    A comment that goes on after the end of a directive's line makes the next one a part of it.
    """

    def blank(match: re.Match[bytes]) -> bytes:
        inside = re.sub(rb"[^\r\n]", b" ", match[0])
        if match[0].startswith(b"/*") and b"\n" in inside:
            begin = text.rfind(b"\n", 0, match.start()) + 1
            is_directive = text[begin : match.start()].lstrip().startswith(b"#")
            return re.sub(rb" (\r?\n)", rb"\\\1", inside) if is_directive else inside
        if match[0].startswith((b"//", b"/*")):
            return inside
        return match[0][:1] + inside[1:-1] + match[0][-1:]

    return _HIDDEN.sub(blank, text)


@dataclass(frozen=True, slots=True)
class Directive:
    """An OpenMP directive: where it lies, its words before the first clause's argument.

    ``text`` is on one line, without comments; ``begin`` and ``end`` are offsets, without the end
    of the line.
    """

    begin: int
    end: int
    text: bytes

    @property
    def words(self) -> tuple[bytes, ...]:
        """The names of the directive, as far as they are not clauses."""
        out: list[bytes] = []
        for match in _WORD.finditer(self.text):
            if match[0] not in _NAMES or self.text[match.end() :].lstrip().startswith(b"("):
                break
            out.append(match[0])
        return tuple(out)

    def has_clause(self, name: bytes) -> bool:
        """Whether there is a clause of this name, with an argument or without."""
        return re.search(rb"\b" + name + rb"\b", self._without_arguments()) is not None

    def _without_arguments(self) -> bytes:
        """Return the names of the clauses: what stands outside of all parentheses."""
        out, depth = bytearray(), 0
        for at in range(len(self.text)):
            character = self.text[at : at + 1]
            depth += (character == b"(") - (character == b")")
            out += character if depth == 0 else b" "
        return bytes(out)


_NAMES = frozenset(
    b"target teams distribute parallel for simd loop data enter exit update declare end begin "
    b"atomic critical single masked master sections section task taskloop ordered barrier scan "
    b"taskwait flush requires metadirective".split()
)


def directives(mask: bytes, begin: int = 0, end: int | None = None) -> Iterator[Directive]:
    """Yield the OpenMP directives of a masked text."""
    for match in _DIRECTIVE.finditer(mask, begin, len(mask) if end is None else end):
        line = _PRAGMA_OMP.match(_CONTINUED.sub(b" ", match[0]))
        if line is not None:
            joined = _CONTINUED.sub(b" ", match[0])[line.end() :]
            yield Directive(match.start(), match.end(), b" ".join(joined.split()))


def without_directives(text: bytes, mask: bytes, begin: int, end: int) -> bytes:
    """Return a part of a text without its OpenMP directives, with as many lines."""
    pieces, at = [], begin
    for directive in directives(mask, begin, end):
        pieces.append(text[at : directive.begin])
        pieces.append(_NOT_NEWLINE.sub(b"", text[directive.begin : directive.end]))
        at = directive.end
    return b"".join((*pieces, text[at:end]))


def statement_end(mask: bytes, at: int) -> int:
    """Return where the statement that begins at ``at`` ends; directives before it belong to it.

    Raises UnreadableError.
    """
    at = _skip(mask, at)
    if mask[at : at + 1] == b"{":
        return closing(mask, at) + 1
    word = _WORD.match(mask, at)
    match word[0] if word else b"":
        case b"for" | b"while" | b"switch":
            return statement_end(mask, _after_parentheses(mask, at))
        case b"if":
            return _after_if(mask, at)
        case b"do":
            body = statement_end(mask, at + 2)
            return _semicolon(mask, _after_parentheses(mask, body))
    if word is not None:
        after = _skip_space(mask, word.end())
        if mask[after : after + 1] == b"(":
            close = _skip_space(mask, closing(mask, after) + 1)
            if mask[close : close + 1] == b"{":  # a macro that stands for a loop's head
                return closing(mask, close) + 1
    end = _semicolon(mask, at)
    if _NOT_IN_EXPRESSION.search(mask, at, end):
        raise UnreadableError("what follows the directive is no plain statement")
    return end


def closing(mask: bytes, at: int) -> int:
    """Return where the bracket at ``at`` is closed. Raises UnreadableError if it is not."""
    depth = 0
    for match in _BRACKET.finditer(mask, at):
        depth += 1 if match[0] in _OPENING else -1
        if depth == 0:
            return match.start()
    raise UnreadableError("a bracket is not closed")


def _skip_space(mask: bytes, at: int) -> int:
    match = _SPACE.match(mask, at)
    return match.end() if match else at


def _skip(mask: bytes, at: int) -> int:
    """Skip space and pragmas."""
    while True:
        at = _skip_space(mask, at)
        if mask[at : at + 1] != b"#":
            return at
        line = _REST_OF_LINE.match(mask, at)
        if line is None or not re.match(rb"#[ \t]*pragma\b", line[0]):
            raise UnreadableError("the preprocessor decides which statement follows the directive")
        at = line.end()


def _after_parentheses(mask: bytes, at: int) -> int:
    opening = mask.find(b"(", at)
    if opening < 0:
        raise UnreadableError("a statement has no condition")
    return closing(mask, opening) + 1


def _after_if(mask: bytes, at: int) -> int:
    end = statement_end(mask, _after_parentheses(mask, at))
    after = _skip_space(mask, end)
    word = _WORD.match(mask, after)
    return statement_end(mask, word.end()) if word and word[0] == b"else" else end


def _semicolon(mask: bytes, at: int) -> int:
    """Return the offset after the next semicolon that is not within brackets."""
    while at < len(mask):
        character = mask[at : at + 1]
        if character == b";":
            return at + 1
        if character in (b"(", b"[", b"{"):
            at = closing(mask, at)
        elif character in (b")", b"]", b"}"):
            break
        at += 1
    raise UnreadableError("a statement does not end")
