# SPDX-License-Identifier: Apache-2.0
"""Transfers that a run could have done without, and what would remove them.

The counts are those of ``s2s/verify/runtime/transfers.c``: contents were compared in that run, so
that every remark is true of it, and of it only; another input may need the transfer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from s2s.profile.loops import enclosing_loops


class Redundancy(StrEnum):
    """Why a transfer was not needed; the values are those of JSON reports."""

    SENT_UNCHANGED = "sent-unchanged"
    SENT_AGAIN = "sent-again"
    MAPPED_UNUSED = "mapped-unused"
    RETURNED_UNCHANGED = "returned-unchanged"
    RETURNED_UNREAD = "returned-unread"


@dataclass(frozen=True, slots=True)
class RedundantTransfer:
    """Redundant transfers of one list item at one line.

    ``count`` of ``total`` transfers (for ``MAPPED_UNUSED``: mappings) were redundant, with
    ``bytes`` in all; ``hint`` says what would remove them.
    """

    kind: Redundancy
    file: str
    line: int
    variable: str
    count: int
    total: int
    bytes: int
    hint: str

    @property
    def message(self) -> str:
        """One sentence on what happened in this run."""
        times = f"{self.count} of {self.total} times" if self.total > 1 else "once"
        what = {
            Redundancy.SENT_UNCHANGED: "was sent to the device, which held the same bytes already",
            Redundancy.SENT_AGAIN: "was sent to the device again, as it was when last unmapped",
            Redundancy.MAPPED_UNUSED: "was mapped while no kernel that could use it was launched",
            Redundancy.RETURNED_UNCHANGED: "was copied back with the bytes that the host had",
            Redundancy.RETURNED_UNREAD: "was copied back, and the host did not touch it",
        }[self.kind]
        return f"in this run '{self.variable}' {what}: {times}, {self.bytes:,} bytes"

    def __str__(self) -> str:
        return f"{PurePath(self.file).name}:{self.line}: {self.message}"

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields, with the message."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**own, "kind": self.kind.value, "message": self.message}


@dataclass(frozen=True, slots=True)
class TransferCounts:
    """What one list item moved at one construct; ``…_bytes`` are sums over the copies counted.

    ``held``: sent though the device held the same bytes; ``again``: sent as it was when it was
    unmapped last; ``unchanged``: copied back with the bytes that the host had; ``unread``: of the
    ``watched`` copies to the host, those that it never touched; ``unused``: mapped without a kernel
    that could reach it. A copy is in one of ``held`` and ``again``, ``unchanged`` and ``unread``.
    """

    file: str
    line: int
    variable: str
    sent: int = 0
    held: int = 0
    held_bytes: int = 0
    again: int = 0
    again_bytes: int = 0
    returned: int = 0
    unchanged: int = 0
    unchanged_bytes: int = 0
    watched: int = 0
    unread: int = 0
    unread_bytes: int = 0
    mapped: int = 0
    unused: int = 0
    unused_bytes: int = 0

    def __add__(self, other: TransferCounts) -> TransferCounts:
        summed = {name: getattr(self, name) + getattr(other, name) for name in NUMBERS}
        return TransferCounts(self.file, self.line, self.variable, **summed)


NUMBERS = tuple(
    f.name for f in fields(TransferCounts) if f.name not in ("file", "line", "variable")
)
"""The names of the counts, as the guard writes them."""


def redundant_transfers(
    counts: Iterable[TransferCounts], sources: Mapping[str, bytes]
) -> tuple[RedundantTransfer, ...]:
    """Return what was redundant, the most bytes first; ``sources`` are texts by file name.

    Where most of the transfers were needed, no change of the line would remove the others, and
    nothing is said.

    The names of ``sources`` are those that the counts use, or end like them.
    """
    merged: dict[tuple[str, int, str], TransferCounts] = {}
    for one in counts:
        key = (one.file, one.line, one.variable)
        merged[key] = merged[key] + one if key in merged else one
    found = [r for one in merged.values() for r in _of(one, _text(one.file, sources))]
    found = [r for r in found if 2 * r.count >= r.total]
    return tuple(sorted(found, key=lambda r: (-r.bytes, r.file, r.line, r.variable, r.kind)))


def _text(file: str, sources: Mapping[str, bytes]) -> bytes:
    if file in sources:
        return sources[file]
    name = PurePath(file).name
    return next((text for path, text in sources.items() if PurePath(path).name == name), b"")


def _of(one: TransferCounts, text: bytes) -> list[RedundantTransfer]:
    """Return the remarks on one list item; what no kernel uses needs no other remark."""
    if one.unused and one.unused == one.mapped:
        hint = f"drop '{one.variable}' from the clause, or move it to where kernels use it"
        return [
            _made(Redundancy.MAPPED_UNUSED, one, one.unused, one.mapped, one.unused_bytes, hint)
        ]
    out = []
    if one.held:
        hint = _hint_held(one)
        made = _made(Redundancy.SENT_UNCHANGED, one, one.held, one.sent, one.held_bytes, hint)
        out.append(made)
    if one.again:
        hint = _hint_again(one, text)
        out.append(_made(Redundancy.SENT_AGAIN, one, one.again, one.sent, one.again_bytes, hint))
    if one.unchanged:
        made = _made(
            Redundancy.RETURNED_UNCHANGED,
            one,
            one.unchanged,
            one.returned,
            one.unchanged_bytes,
            _hint_unchanged(one),
        )
        out.append(made)
    if one.unread:
        hint = _hint_unread(one, text)
        made = _made(
            Redundancy.RETURNED_UNREAD, one, one.unread, one.watched, one.unread_bytes, hint
        )
        out.append(made)
    return out


def _made(
    kind: Redundancy, one: TransferCounts, count: int, total: int, size: int, hint: str
) -> RedundantTransfer:
    return RedundantTransfer(kind, one.file, one.line, one.variable, count, total, size, hint)


def _is_update(one: TransferCounts) -> bool:
    """Tell whether a construct only copies (``target update``, or ``always``)."""
    return one.mapped == 0


def _hint_held(one: TransferCounts) -> str:
    v = one.variable
    if one.held == one.sent:
        return f"the device has what it needs: leave '{v}' out of this construct"
    return f"send '{v}' only where the host has changed it"


def _hint_again(one: TransferCounts, text: bytes) -> str:
    """Say where a data environment would keep the bytes on the device.

    If all but the first of the copies were redundant, that is the outermost loop around them, else
    the innermost, whose iterations they may belong to.
    """
    loops = enclosing_loops(text, one.line)
    if not loops:
        return (
            f"keep '{one.variable}' on the device from one construct to the next: put a 'target "
            "data' region or 'target enter data' around both"
        )
    line = loops[0] if one.again >= one.sent - 1 else loops[-1]
    kind = "tofrom" if one.returned else "to"
    return f"put a 'target data map({kind}: {one.variable})' region around the loop at line {line}"


def _hint_unchanged(one: TransferCounts) -> str:
    v = one.variable
    if _is_update(one):
        return f"if no kernel writes '{v}' before this line, drop it from the update"
    if one.unchanged < one.returned:
        return f"copy '{v}' back only where a kernel has changed it"
    kind = "map(to:)" if one.sent else "map(alloc:)"
    return f"{kind} suffices where no kernel has written '{v}' since its last copy: drop 'from'"


def _hint_unread(one: TransferCounts, text: bytes) -> str:
    v = one.variable
    if one.unread == one.watched:
        if _is_update(one):
            return f"drop '{v}' from this construct, or copy it back where the host reads it"
        return f"map '{v}' without 'from' here: " + ("map(to:)" if one.sent else "map(alloc:)")
    loops = enclosing_loops(text, one.line)
    if loops and one.unread >= one.watched - 1:
        return f"copy '{v}' back once, after the loop at line {loops[0]}"
    return f"copy '{v}' back only where the host reads it"
