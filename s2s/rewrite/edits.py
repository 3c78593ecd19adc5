# SPDX-License-Identifier: Apache-2.0
"""Byte edits: everything outside them stays as it is.

Insertions know about lines: a directive gets a line of its own at the indentation of the line it
concerns, with the file's own end of line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from s2s.source import SourceFile, Span

_WIDTH = 100
_LOOP_HINT = re.compile(rb"[ \t]*#[ \t]*pragma[ \t]+(unroll|nounroll|clang|GCC|ivdep|vector)\b")
_CONDITIONAL = re.compile(rb"#[ \t]*(if|ifdef|ifndef|else|elif|endif)\b")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``[begin, end)`` by ``text``; edits at one place apply in order of ``rank``.

    ``origin`` is the offset that the text was copied from, for text that moves. ``tail`` follows
    the last of several edits at one place.
    """

    begin: int
    end: int
    text: bytes
    rank: int = 0
    origin: int | None = None
    tail: bytes = b""


class OverlapError(AssertionError):
    """Two edits want the same bytes: a bug of ours."""


def apply(content: bytes, edits: Iterable[Edit]) -> bytes:
    """Return the content with all edits applied.

    Raises:
        OverlapError: two replacements overlap.
    """
    out: list[bytes] = []
    at = 0
    tail = b""
    for edit in sorted(edits, key=lambda e: (e.begin, e.rank)):
        if edit.begin < at:
            raise OverlapError(f"edit at {edit.begin} overlaps one that ends at {at}")
        if edit.begin > at:
            out.append(tail + content[at : edit.begin])
            tail = b""
        out.append(edit.text)
        tail = edit.tail or tail
        at = edit.end
    out.append(tail + content[at:])
    return b"".join(out)


def apply_within(content: bytes, span: Span, edits: Iterable[Edit]) -> bytes:
    """Return the text of a span (whole lines before it excluded) with edits applied."""
    shifted = [replace(e, begin=e.begin - span.begin, end=e.end - span.begin) for e in edits]
    return apply(content[span.begin : span.end], shifted)


def line_start(content: bytes, offset: int) -> int:
    """Return the offset of the first byte of the line that holds ``offset``."""
    return content.rfind(b"\n", 0, offset) + 1


def is_first_on_line(content: bytes, offset: int) -> bool:
    """Whether only white space precedes ``offset`` on its line."""
    return not content[line_start(content, offset) : offset].strip()


def above_comment(content: bytes, offset: int) -> int:
    """Return the start of the line of ``offset``, or of the comment directly above it."""
    at = line_start(content, offset)
    while at > 0:
        above = line_start(content, at - 1)
        text = content[above:at].strip()
        if text.startswith(b"//"):
            at = above
        elif text.endswith(b"*/"):
            opening = content.rfind(b"/*", 0, at)
            start = line_start(content, opening)
            if content[start:opening].strip():
                break
            at = start
        else:
            break
    return at


def before_statement(
    source: SourceFile, offset: int, line: str, rank: int, *, hints: bool = True
) -> Edit:
    """Insert a line before a statement.

    ``line`` is without indentation and end of line. Loop hints (``#pragma unroll``) directly
    above the statement stay below the inserted line.
    """
    content, eol = source.content, source.end_of_line
    indent = source.indentation(offset)
    text = indented(line, indent, eol)
    if is_first_on_line(content, offset):
        at = line_start(content, offset)
        if hints:
            at = _above_hints(content, at)
        return Edit(at, at, text, rank)
    return Edit(offset, offset, eol + text[: -len(eol)], rank, tail=eol + indent)


def _above_hints(content: bytes, at: int) -> int:
    """Return the start of the loop hints above a line, blank lines and comments between them."""
    found, look = at, at
    while look > 0:
        above = line_start(content, look - 1)
        text = content[above:look].strip()
        if _LOOP_HINT.match(content, above, look):
            found = above
        elif (
            text
            and not _CONDITIONAL.match(text)
            and not text.startswith(b"//")
            and not (text.startswith(b"/*") and text.endswith(b"*/"))
        ):
            break
        look = above
    return found


def after_statement(
    source: SourceFile, offset: int, line: str, rank: int, *, like: int | None = None
) -> Edit:
    """Insert a line after the statement that ends at ``offset``.

    It is indented like the line that holds ``like`` (by default the statement's last line).
    """
    content, eol = source.content, source.end_of_line
    indent = source.indentation(offset if like is None else like)
    end = content.find(b"\n", offset)
    rest = content[offset:] if end < 0 else content[offset:end]
    if is_blank_or_comment(rest):
        if end < 0:
            return Edit(len(content), len(content), eol + indented(line, indent, b""), rank)
        return Edit(end + 1, end + 1, indented(line, indent, eol), rank)
    return Edit(offset, offset, eol + indented(line, indent, eol) + indent, rank)


def is_blank_or_comment(rest: bytes) -> bool:
    """Whether the rest of a line is blank, or one comment that ends on it."""
    text = rest.strip()
    whole = text.startswith(b"/*") and text.endswith(b"*/") and text.count(b"*/") == 1
    return not text or text.startswith(b"//") or whole


def indented(line: str, indent: bytes, eol: bytes) -> bytes:
    """Return lines of code and directives at an indentation, each with an end of line."""
    out = []
    for part in line.split("\n"):
        if part.lstrip().startswith("#pragma"):
            out.append(wrap_directive(part, indent, eol))
        else:
            out.append(indent + part.encode() if part else b"")
    return eol.join(out) + eol


def wrap_directive(line: str, indent: bytes, eol: bytes) -> bytes:
    """Indent a directive and continue it with ``\\`` where it is too long for one line."""
    words = _clauses(line)
    width = _WIDTH - len(indent.expandtabs(4))
    rows, row = [], words[0]
    for word in words[1:]:
        if len(row) + 1 + len(word) > width - 2:
            rows.append(row)
            row = "    " + word
        else:
            row += " " + word
    rows.append(row)
    joined = (" \\" + eol.decode()).join(indent.decode("utf-8", "replace") + r for r in rows)
    return joined.encode()


def _clauses(line: str) -> list[str]:
    """Split a directive into its name and its clauses (spaces inside parentheses stay)."""
    words, depth, word = [], 0, ""
    for character in line:
        depth += (character == "(") - (character == ")")
        if character == " " and depth == 0:
            words.append(word)
            word = ""
        else:
            word += character
    words.append(word)
    name = next((i for i, w in enumerate(words) if "(" in w), len(words))
    return [" ".join(words[:name]), *words[name:]]


def indent_block(text: bytes, indent: bytes, eol: bytes) -> bytes:
    """Indent the lines of a block; preprocessor lines at the margin stay there.

    Blocks with continued strings or macros are returned as they are.
    """
    lines = text.split(b"\n")
    if any(ln.rstrip().endswith(b"\\") and not _in_directive(lines, i)
           for i, ln in enumerate(lines)):  # fmt: skip
        return text
    out = [
        indent + ln if ln.strip() and not (ln.startswith(b"#") and b"pragma" not in ln) else ln
        for ln in lines
    ]
    return b"\n".join(out)


def _in_directive(lines: list[bytes], index: int) -> bool:
    while index > 0 and lines[index - 1].rstrip().endswith(b"\\"):
        index -= 1
    return lines[index].lstrip().startswith(b"#pragma")
