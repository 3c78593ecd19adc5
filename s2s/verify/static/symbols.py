# SPDX-License-Identifier: Apache-2.0
"""The symbols of object files, as ``llvm-nm`` or ``nm`` lists them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.toolchain.command import tool_output

NM_SECONDS = 30.0

_FUNCTION_LETTERS = frozenset("TWi")
_DATA_LETTERS = frozenset("BCDGRSV")
_WEAK_LETTERS = frozenset("WV")
_CHUNK = 500


class SymbolKind(StrEnum):
    """What a symbol stands for."""

    FUNCTION = "function"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol that an object file defines for others; ``size`` in bytes, 0 when not known."""

    name: str
    kind: SymbolKind
    size: int = 0
    weak: bool = False


def find_tool(clang: Clang, *names: str) -> Path | None:
    """Return a tool of LLVM beside clang, or the first of ``names`` on ``PATH``."""
    beside = clang.path.resolve().parent
    for name in names:
        if beside.joinpath(name).is_file():
            return beside / name
    return next((Path(p) for p in map(shutil.which, names) if p is not None), None)


def external_symbols(objects: Path, nm: Path) -> dict[str, Symbol] | None:
    """Return the defined external symbols by name, None when ``nm`` cannot read the file."""
    command = [str(nm), "--defined-only", "--extern-only", "--format=posix", str(objects)]
    text = tool_output(command, NM_SECONDS)
    if text is None:
        return None
    out = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        symbol = _symbol(fields[0], fields[1], fields[3] if len(fields) > 3 else "")
        if symbol is not None:
            out[symbol.name] = symbol
    return out


def _symbol(name: str, letter: str, size: str) -> Symbol | None:
    if letter in _FUNCTION_LETTERS:
        return Symbol(name, SymbolKind.FUNCTION, 0, letter in _WEAK_LETTERS)
    if letter in _DATA_LETTERS:
        return Symbol(name, SymbolKind.DATA, int(size or "0", 16), letter in _WEAK_LETTERS)
    return None


def demangled(names: Iterable[str], clang: Clang) -> dict[str, str]:
    """Return the names as C++ programmers write them; as they are where no tool is there."""
    mangled = sorted(set(names))
    out = {name: name for name in mangled}
    tool = find_tool(clang, "llvm-cxxfilt", "c++filt")
    if tool is None:
        return out
    for begin in range(0, len(mangled), _CHUNK):
        part = mangled[begin : begin + _CHUNK]
        text = tool_output([str(tool), *part], NM_SECONDS)
        lines = text.splitlines() if text is not None else []
        if len(lines) == len(part):
            out |= zip(part, lines, strict=True)
    return out
