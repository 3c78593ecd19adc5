# SPDX-License-Identifier: Apache-2.0
"""What the guard (T2) and the race detector (T3) find, with places in the source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from s2s.verify.tiers import Tier


class FindingKind(StrEnum):
    """What is wrong. The values are those of ``runtime/report.c`` and of JSON reports."""

    UNMAPPED = "unmapped"
    UNMAPPED_ARGUMENT = "unmapped-argument"
    HOST_FUNCTION = "host-function"
    OUTSIDE_SECTION = "outside-section"
    DEVICE_READS_STALE = "device-reads-stale"
    HOST_READS_STALE = "host-reads-stale"
    HOST_READS_LOST = "host-reads-lost"
    HOST_READS_UNINITIALISED = "host-reads-uninitialised"
    HOST_READS_DEVICE_POINTER = "host-reads-device-pointer"
    HOST_ERROR = "host-error"
    RACE = "race"
    ORDER = "order"


#: What happened, and which clause is likely to be missing or wrong; ``{v}`` is the variable.
_TEXTS = {
    FindingKind.UNMAPPED: (
        "device code {access}s host memory that is not mapped",
        "map what {v} points to, on the construct or in a data environment around it",
    ),
    FindingKind.UNMAPPED_ARGUMENT: (
        "the pointer {v} is used in a target region with nothing mapped there",
        "map the section of {v} that the region uses",
    ),
    FindingKind.HOST_FUNCTION: (
        "a target region takes {v}, the address of a function of the host",
        "call the function by its name, and let 'declare target' have it on the device",
    ),
    FindingKind.OUTSIDE_SECTION: (
        "device code {access}s {v} outside of its mapped section",
        "make the section of {v} as long as what the region uses",
    ),
    FindingKind.DEVICE_READS_STALE: (
        "device code reads {v}, which the host changed since it was copied to the device",
        "put 'target update to({v})' before the construct",
    ),
    FindingKind.HOST_READS_STALE: (
        "the host reads {v}, which is newer on the device",
        "put 'target update from({v})' before this line",
    ),
    FindingKind.HOST_READS_LOST: (
        "the host reads {v}, whose newer values on the device were never copied back",
        "map {v} with 'from' or 'tofrom' instead of 'to' or 'alloc'",
    ),
    FindingKind.HOST_READS_UNINITIALISED: (
        "the host reads {v}, which was copied back where no kernel had written it",
        "map {v} with 'tofrom', or only the section that is written",
    ),
    FindingKind.HOST_READS_DEVICE_POINTER: (
        "the host {access}s memory of the device through {v}",
        "use the host's pointer here, or move the access into a target region",
    ),
    FindingKind.HOST_ERROR: (
        "the host {access}s memory that it must not (AddressSanitizer)",
        "this is an error of the host code, whether there is a device or not",
    ),
    FindingKind.RACE: (
        "iterations race on {v}: one {access}s it while another {other} it",
        "make it private or a reduction, use an atomic update, or leave the loop serial",
    ),
    FindingKind.ORDER: (
        "the output depends on the order in which the iterations of this loop run",
        "make what they share private, a reduction or atomic, or leave the loop serial",
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source; ``column`` is 1-based in bytes and 0 when it is not known."""

    file: str
    line: int
    column: int = 0

    def __str__(self) -> str:
        column = f":{self.column}" if self.column else ""
        return f"{PurePath(self.file).name}:{self.line}{column}"

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields."""
        return {"file": self.file, "line": self.line, "column": self.column}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    ``place`` is the access (None when only the construct is known), ``other`` the second access
    of a race, ``construct`` the target construct, ``mapped`` the map clause or declaration of the
    variable. ``access`` is ``read`` or ``write``, ``other_access`` that of ``other``.
    """

    kind: FindingKind
    tier: Tier
    variable: str = ""
    place: Place | None = None
    construct: Place | None = None
    mapped: Place | None = None
    access: str = ""
    other: Place | None = None
    other_access: str = ""

    @property
    def message(self) -> str:
        """One sentence that says what happened."""
        return self._filled(_TEXTS[self.kind][0])

    @property
    def hint(self) -> str:
        """What is likely to be missing."""
        return self._filled(_TEXTS[self.kind][1])

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        construct = f" (target construct at {self.construct})" if self.construct else ""
        return f"{where}{self.message}{construct}"

    def _filled(self, text: str) -> str:
        variable = f"'{self.variable}'" if self.variable else "it"
        if "({v})" in text and self.variable:
            text = text.replace("({v})", f"({self.variable})")
        verbs = {"read": "reads", "write": "writes"}
        other = verbs.get(self.other_access, "uses")
        return text.format(v=variable, access=self.access or "use", other=other)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields, with message and hint."""
        places = {n: getattr(self, n) for n in ("place", "construct", "mapped", "other")}
        return {
            "kind": self.kind.value,
            "tier": self.tier.value,
            "message": self.message,
            "hint": self.hint,
            "variable": self.variable,
            "access": self.access,
            "other_access": self.other_access,
            **{name: place.to_json() if place else None for name, place in places.items()},
        }


_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*(?:\s*(?:\.|->)\s*[A-Za-z_]\w*)*")
_NO_VARIABLES = frozenset((b"for", b"if", b"while", b"return", b"sizeof", b"pragma"))
_ASSIGNMENT = re.compile(rb"(?:<<|>>|[-+*/%&|^])?=(?!=)|\+\+|--")


def expression_at(text: bytes, place: Place) -> str:
    """Return the variable or member that stands at a place of a text, empty if none does.

    The debug information of an access names the start of the expression (``a`` of ``a[i][j]``,
    ``s`` of ``s->p[i]``), or the operator of the assignment that makes it (``+=``).
    """
    lines = text.splitlines()
    if not 0 < place.line <= len(lines) or place.column < 1:
        return ""
    line, at = lines[place.line - 1], place.column - 1
    if _ASSIGNMENT.match(line, at):
        at = _start_of_operand(line, at)
    match = _IDENTIFIER.match(line, at)
    if match is None or match[0] in _NO_VARIABLES:
        return ""
    return re.sub(r"\s+", "", match[0].decode("utf-8", "replace"))


def _start_of_operand(line: bytes, end: int) -> int:
    """Return where the postfix expression before an operator begins."""
    at, depth = end, 0
    while at > 0 and line[at - 1 : at].isspace():
        at -= 1
    while at > 0:
        character = line[at - 1 : at]
        if character in (b"]", b")"):
            depth += 1
        elif character in (b"[", b"("):
            depth -= 1
        elif depth == 0 and not (character.isalnum() or character in b"_.->"):
            break
        if depth < 0:
            break
        at -= 1
    return at
