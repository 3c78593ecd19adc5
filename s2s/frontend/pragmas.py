# SPDX-License-Identifier: Apache-2.0
"""Existing pragmas, read from the bytes.

The file is parsed without ``-fopenmp`` (with it libclang does not visit captured bodies), so the
directives that are there already are found here.
"""

from __future__ import annotations

import re

from s2s.ir.program import Pragma
from s2s.source import Span, blank_comments

_LINE = re.compile(rb"^[ \t]*#[ \t]*pragma\b((?:[^\n\\]|\\\r?\n|\\.)*)", re.MULTILINE)
_OPERATOR = re.compile(rb"\b_Pragma[ \t]*\([ \t]*\"((?:[^\"\\]|\\.)*)\"[ \t]*\)")


def find_pragmas(content: bytes) -> tuple[Pragma, ...]:
    """Return all pragma lines and operators of a file, in order."""
    code = blank_comments(content)
    found: list[Pragma] = []
    for match in _LINE.finditer(code):
        text = match.group(1).replace(b"\\", b" ").decode("utf-8", "replace")
        found.append(Pragma(Span(*match.span()), _words(text)))
    for match in _OPERATOR.finditer(code):
        text = match.group(1).decode("utf-8", "replace")
        found.append(Pragma(Span(*match.span()), _words(text)))
    return tuple(sorted(found, key=lambda p: p.span.begin))


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+|[^\s\w]", text))
