# SPDX-License-Identifier: Apache-2.0
"""Unified differences of bytes, such as ``git apply`` and ``patch -p1`` take."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

_COLOURS = ((b"+++", b"1"), (b"---", b"1"), (b"@@", b"36"), (b"+", b"32"), (b"-", b"31"))


def unified_diff(path: Path, before: bytes, after: bytes, *, colours: bool = False) -> bytes:
    """Return the difference of two versions of a file, empty when there is none."""
    name = path.as_posix().lstrip("/").encode()
    lines = difflib.diff_bytes(
        difflib.unified_diff,
        split_lines(before),
        split_lines(after),
        b"a/" + name,
        b"b/" + name,
        lineterm=b"\n",
    )
    marked = (_with_end(line) for line in lines)
    return b"".join(_coloured(marked) if colours else marked)


def split_lines(text: bytes) -> list[bytes]:
    """Split after line feeds only: a carriage return is part of its line."""
    parts = text.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _with_end(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _coloured(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        colour = next((code for start, code in _COLOURS if line.startswith(start)), None)
        if colour is None:
            yield line
        else:
            text = line.rstrip(b"\r\n")
            yield b"\x1b[" + colour + b"m" + text + b"\x1b[0m" + line[len(text) :]
