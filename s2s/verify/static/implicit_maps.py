# SPDX-License-Identifier: Apache-2.0
"""Which variables of target regions are mapped by nobody's word but the compiler's?

Every ``target`` construct gets ``defaultmap(none: …)`` for pointers and for aggregates, and clang
says which variables are then without a mapping. An implicit pointer stands for a section of length
zero: nothing is copied, and without an enclosing environment there is nothing on the device. An
implicit aggregate is copied both ways each time, and of a C++ container only the handle. Scalars
are firstprivate, which is what people mean.

Variables that a data environment of the same function maps, or for global ones of the same file,
are mapped by somebody's word, and are not named.

Source: OpenMP 5.2, sections 5.8.7 (``defaultmap``) and 5.8.1 (implicit data-mapping attributes).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from s2s.source import blank_comments
from s2s.verify.invocation import Invocation

_W = rb"(?:[ \t]|\\\r?\n)"
_REST = rb"(?:\\\r?\n|[^\r\n])*"
_STAND_ALONE = rb"(?!" + _W + rb"+(?:data|enter|exit|update)\b)"
_CONSTRUCT = re.compile(
    rb"^[ \t]*#" + _W + rb"*pragma" + _W + rb"+omp" + _W + rb"+target\b" + _STAND_ALONE + _REST,
    re.MULTILINE,
)
_OPERATOR = re.compile(rb'_Pragma\s*\(\s*"\s*omp\s+target\b' + _STAND_ALONE + rb'[^"\r\n]*(?=")')
_ENVIRONMENT = re.compile(
    rb"\bomp" + _W + rb"+target" + _W + rb"+(?:data|enter" + _W + rb"+data)\b(?P<clauses>"
    + _REST + rb")"
)  # fmt: skip
_DEFAULT_MAP = re.compile(rb"\bdefaultmap\s*\([^:)]*(?::\s*(?P<category>\w+)\s*)?\)")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_ERROR = re.compile(
    r"^(?P<file>[^\n]*?):(?P<line>\d+):\d+: error: variable '(?P<variable>[^']+)' must have "
    r"explicitly specified data sharing attributes, data mapping attributes[^\n]*"
    r"(?:\n[^\n]*?:(?P<construct>\d+):\d+: note: explicit data sharing)?",
    re.MULTILINE,
)
_ALL_CATEGORIES = frozenset((b"", b"all"))


class Category(StrEnum):
    """Variable categories of the ``defaultmap`` clause that are worth a word."""

    POINTER = "pointer"
    AGGREGATE = "aggregate"


@dataclass(frozen=True, slots=True)
class ImplicitMap:
    """A variable that is mapped implicitly, and the 1-based lines of the constructs."""

    variable: str
    category: Category
    lines: tuple[int, ...]

    def __str__(self) -> str:
        number = "line" if len(self.lines) == 1 else "lines"
        return f"{self.variable} ({number} {', '.join(map(str, self.lines))})"


def implicit_maps(result: Invocation) -> tuple[ImplicitMap, ...]:
    """Return the implicitly mapped pointers and aggregates of a source, by name.

    Constructs that a macro puts together (``_Pragma(#x)``) are not seen. Raises VerificationError
    when the compiler cannot be started.
    """
    text = result.source.read_bytes()
    plain = blank_comments(text)
    mapped = _Mapped(plain)
    out: list[ImplicitMap] = []
    for category in Category:
        changed = with_default_map(plain, category)
        if changed == plain:
            continue
        lines: dict[str, set[int]] = {}
        for variable, line in _unmapped(result, category, changed):
            if not mapped.covers(variable, line):
                lines.setdefault(variable, set()).add(line)
        out += (ImplicitMap(v, category, tuple(sorted(n))) for v, n in sorted(lines.items()))
    return tuple(out)


def describe_implicit_maps(found: Iterable[ImplicitMap]) -> tuple[str, ...]:
    """Return a note for each category that is there."""
    maps = tuple(found)
    texts = {
        Category.POINTER: "pointers that no map clause names, with nothing behind them unless a "
        "caller mapped it",
        Category.AGGREGATE: "arrays and structures that no map clause names, copied whole both "
        "ways unless a caller mapped them",
    }
    return tuple(
        f"{text}: {', '.join(str(m) for m in maps if m.category is category)}"
        for category, text in texts.items()
        if any(m.category is category for m in maps)
    )


def with_default_map(text: bytes, category: Category) -> bytes:
    """Return a text whose target constructs have ``defaultmap(none: …)``, on the same lines.

    Constructs that have a ``defaultmap`` for the category, or for all, stay as they are.
    """
    clause = f" defaultmap(none: {category.value})".encode()

    def changed(match: re.Match[bytes]) -> bytes:
        directive = match[0]
        categories = {m["category"] or b"" for m in _DEFAULT_MAP.finditer(directive)}
        if categories & {*_ALL_CATEGORIES, category.value.encode()}:
            return directive
        code = directive.rstrip()
        return code + clause + directive[len(code) :]

    return _OPERATOR.sub(changed, _CONSTRUCT.sub(changed, text))


def _unmapped(result: Invocation, category: Category, text: bytes) -> Iterator[tuple[str, int]]:
    """Return the variables that clang asks a mapping for, each with the line of the construct."""
    source = result.scratch / f"{category.value}-{result.source.name}"
    source.write_bytes(text)
    done = result.run(
        "-fopenmp", "-fsyntax-only", "-w", "-ferror-limit=0", "-fno-caret-diagnostics",
        "-fno-color-diagnostics", f"-iquote{result.source.parent}", source=source,
    )  # fmt: skip
    for match in _ERROR.finditer(done.stderr.decode("utf-8", "replace")):
        if match["file"].endswith(source.name):
            yield match["variable"], int(match["construct"] or match["line"])


class _Mapped:
    """The variables that data environments of a file name, by function."""

    def __init__(self, text: bytes) -> None:
        code = blank_comments(text, strings=True)
        self._line_starts = [0, *(m.end() for m in re.finditer(rb"\n", code))]
        self._functions, outside = _blocks(code)
        self._globals = {word.decode() for word in _WORD.findall(outside)}
        self._named: dict[int, set[str]] = {}
        for match in _ENVIRONMENT.finditer(code):
            words = {word.decode() for word in _WORD.findall(match["clauses"])}
            self._named.setdefault(self._function_at(match.start()), set()).update(words)
        self._everywhere = {name for names in self._named.values() for name in names}

    def covers(self, variable: str, line: int) -> bool:
        """Whether somebody maps a variable of the construct on a line."""
        if variable in self._named.get(self._function_at(self._line_starts[line - 1]), ()):
            return True
        return variable in self._globals and variable in self._everywhere

    def _function_at(self, offset: int) -> int:
        """Return the number of the last outermost block that begins before an offset."""
        return sum(begin <= offset for begin in self._functions)


def _blocks(code: bytes) -> tuple[list[int], bytes]:
    """Return where outermost blocks begin, and the code outside of them and of parentheses."""
    begins: list[int] = []
    outside = bytearray()
    depth = parentheses = 0
    for position in range(len(code)):
        character = code[position : position + 1]
        parentheses += (character == b"(") - (character == b")")
        if character == b"{":
            if depth == 0:
                begins.append(position)
            depth += 1
        elif character == b"}":
            depth -= 1
        elif depth == 0 and parentheses == 0:
            outside += character
    return begins, bytes(outside)
