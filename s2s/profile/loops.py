# SPDX-License-Identifier: Apache-2.0
"""Which loop statements stand around a line of C or C++, by its tokens.

Enough for a hint, without a parser: what macros hide is not seen, and nothing is proved by it.
"""

from __future__ import annotations

import re

from s2s.source import blank_comments

_TOKEN = re.compile(rb"^[ \t]*#(?:\\\r?\n|[^\n])*|\b(?:for|while|do|else|if)\b|[(){};]|\n", re.M)


def enclosing_loops(text: bytes, line: int) -> tuple[int, ...]:
    """Return the lines of the loops whose statements hold a line, the outermost first.

    A directive belongs to the statement that follows it: it is in the loops around that.
    """
    tokens = _tokens(blank_comments(text, strings=True))
    out: list[int] = []
    at = 0
    while at < len(tokens) and tokens[at][1] <= line:
        token, begin = tokens[at]
        if token in (b"for", b"while", b"do"):
            body = _after_header(tokens, at)
            end = _end_of_statement(tokens, body)
            last = tokens[min(end, len(tokens)) - 1][1]
            if begin < line <= last:
                out.append(begin)
        at += 1
    return tuple(out)


def _tokens(text: bytes) -> list[tuple[bytes, int]]:
    """Return the tokens that structure statements with their lines; directives are left out."""
    out = []
    line = 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == b"\n":
            line += 1
        elif token.lstrip().startswith(b"#"):
            line += token.count(b"\n")
        else:
            out.append((token, line))
    return out


def _after_header(tokens: list[tuple[bytes, int]], at: int) -> int:
    """Return where the body of a statement with a header in parentheses begins."""
    if tokens[at][0] in (b"do", b"else"):
        return at + 1
    depth = 0
    for index in range(at + 1, len(tokens)):
        token = tokens[index][0]
        depth += (token == b"(") - (token == b")")
        if depth == 0:
            return index + 1
    return len(tokens)


def _end_of_statement(tokens: list[tuple[bytes, int]], at: int) -> int:
    """Return the index after the last token of the statement that begins at ``at``."""
    while at < len(tokens):
        token = tokens[at][0]
        if token == b"{":
            return _end_of_block(tokens, at)
        if token in (b"for", b"while", b"if", b"do", b"else"):
            is_if = token == b"if"
            at = _end_of_statement(tokens, _after_header(tokens, at))
            if is_if and at < len(tokens) and tokens[at][0] == b"else":
                at = _end_of_statement(tokens, at + 1)
            return at
        at += 1
        if token == b";":
            return at
    return at


def _end_of_block(tokens: list[tuple[bytes, int]], at: int) -> int:
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index][0] == b"{") - (tokens[index][0] == b"}")
        if depth == 0:
            return index + 1
    return len(tokens)
