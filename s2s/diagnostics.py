# SPDX-License-Identifier: Apache-2.0
"""Remarks about the user's code: what was done, what was not and why.

Three kinds, as in LLVM: ``passed`` (a transformation was applied), ``missed`` (it was not, and the
remark says what was missing) and ``analysis`` (a fact worth knowing). Each has a stable code, a
span and a help line; ``s2s explain CODE`` shows the manual page of a code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from s2s.source import SourceFile, Span


class RemarkKind(StrEnum):
    """LLVM's three kinds of optimization remarks."""

    PASSED = "passed"
    MISSED = "missed"
    ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that a remark points at, with a word on it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark: kind, stable code (``S2S204``), place, message, further places and help."""

    kind: RemarkKind
    code: str
    span: Span
    message: str
    labels: tuple[Label, ...] = ()
    help: str = ""
    function: str = ""

    @property
    def sort_key(self) -> tuple[int, str, str]:
        """Order of remarks in a report: by place, then code."""
        return (self.span.begin, self.code, self.message)


def render(remark: Remark, source: SourceFile) -> str:
    """Render a remark as plain text with the source lines it speaks of.

    ::

        missed[S2S204]: loop carries a flow dependence of distance 1 on 'a'
         --> axpy.c:3:12
        3 |     a[i] = a[i-1];
          |     ^^^^   ------ read one iteration later
          = help: ...
    """
    place = source.position(remark.span.begin)
    out = [
        f"{remark.kind.value}[{remark.code}]: {remark.message}",
        f" --> {source.path}:{place.line}:{place.column}",
    ]
    marks = [(remark.span, "", "^"), *((lab.span, lab.text, "-") for lab in remark.labels)]
    lines = sorted({source.line(span.begin) for span, _, _ in marks})
    width = len(str(lines[-1]))
    for line in lines:
        text = source.line_text(line)
        out.append(f"{line:>{width}} | {text}".rstrip())
        here = [m for m in marks if source.line(m[0].begin) == line]
        out.extend(_underline(source, here, len(text.encode()), " " * width))
    if remark.help:
        out.append(f"{' ' * width} = help: {remark.help}")
    return "\n".join(out)


def _underline(
    source: SourceFile, marks: list[tuple[Span, str, str]], length: int, margin: str
) -> list[str]:
    """Return one line of marks for each label, the first one together with the main mark."""
    out: list[str] = []
    for span, text, character in sorted(marks, key=lambda m: (m[2] != "^", m[0].begin)):
        column = source.position(span.begin).column - 1
        prefix = source.line_text(source.line(span.begin)).encode()[:column]
        pad = "".join("\t" if c == "\t" else " " for c in prefix.decode("utf-8", "replace"))
        extent = max(1, min(span.end - span.begin, length - column))
        out.append(f"{margin} | {pad}{character * extent} {text}".rstrip())
    return out


def to_json(remark: Remark, source: SourceFile) -> dict[str, Any]:
    """Return a remark as a JSON object with 1-based lines and columns."""
    place = source.position(remark.span.begin)
    return {
        "kind": remark.kind.value,
        "code": remark.code,
        "file": str(source.path),
        "line": place.line,
        "column": place.column,
        "function": remark.function,
        "message": remark.message,
        "help": remark.help,
        "labels": [
            {
                "line": source.position(lab.span.begin).line,
                "column": source.position(lab.span.begin).column,
                "text": lab.text,
            }
            for lab in remark.labels
        ],
    }
