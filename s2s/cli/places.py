# SPDX-License-Identifier: Apache-2.0
"""The places of a function as a graph shows them: loops, host statements, boxes around them.

A leaf is code that runs in one piece: a loop nest on the device, a loop nest on the host, or
neighbouring host statements. A box is a data environment, or a loop or branch that holds some of
the device's work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from s2s.cli.documents import ON_DEVICE
from s2s.ir.plan import DataEnvironment, OffloadPlan
from s2s.ir.program import Compound, DeclStmt, For, Function, If, Null, Stmt, Switch, While
from s2s.source import Span


@dataclass(eq=False, slots=True)
class Leaf:
    """Statements that run in one piece; ``header`` is the loop or branch whose test this is."""

    statements: list[Stmt]
    on_device: bool = False
    is_loop: bool = False
    header: bool = False

    @property
    def span(self) -> Span:
        """The place of the statements."""
        return Span(self.statements[0].span.begin, self.statements[-1].span.end)


@dataclass(eq=False, slots=True)
class Box:
    """A frame around places: a data environment, or a statement that is not one piece."""

    data: DataEnvironment | None = None
    statement: Stmt | None = None
    inside: list[Leaf | Box] = field(default_factory=list)

    def leaves(self) -> Iterator[Leaf]:
        """Yield all leaves, in source order."""
        for place in self.inside:
            if isinstance(place, Box):
                yield from place.leaves()
            else:
                yield place


def places_of(function: Function, plan: OffloadPlan) -> Box:
    """Return the places of a function; the outermost box is the function itself."""
    return _Placing(function, plan).function_box()


class _Placing:
    def __init__(self, function: Function, plan: OffloadPlan) -> None:
        self._function = function
        name = function.name
        self._environments = [d for d in plan.data if d.function == name]
        loops = [loop for loop in plan.loops if loop.function == name]
        self._device = {loop.span for loop in loops if loop.disposition in ON_DEVICE}
        serial = {r.anchor for r in plan.regions if r.function == name and r.serial}
        self._device |= serial

    def function_box(self) -> Box:
        box = Box()
        self._sequence(self._function.body.body, box, frozenset())
        return box

    def _sequence(self, statements: Sequence[Stmt], box: Box, opened: frozenset[Span]) -> None:
        """Place the statements of a block, with boxes for the data environments that begin here."""

        def environment(statement: Stmt) -> DataEnvironment | None:
            around = [
                data
                for data in self._environments
                if data.span not in opened and data.span.contains(statement.span)
            ]
            return max(around, key=lambda d: d.span.end - d.span.begin, default=None)

        for data, group in groupby(statements, key=environment):
            if data is None:
                for statement in group:
                    self._place(statement, box, opened)
            else:
                inner = Box(data=data)
                box.inside.append(inner)
                self._sequence(list(group), inner, opened | {data.span})

    def _place(self, statement: Stmt, box: Box, opened: frozenset[Span]) -> None:
        if isinstance(statement, Null):
            return
        is_loop = isinstance(statement, (For, While))
        if statement.span in self._device:
            box.inside.append(Leaf([statement], on_device=True, is_loop=is_loop))
        elif not self._holds_device_code(statement):
            self._host(statement, box, is_loop=is_loop)
        elif isinstance(statement, Compound):
            self._sequence(statement.body, box, opened)
        else:
            inner = Box(statement=statement)
            box.inside.append(inner)
            if isinstance(statement, (For, While, If, Switch)):
                inner.inside.append(Leaf([statement], header=True))
            for child in statement.children:
                if not isinstance(child, DeclStmt):  # of the header
                    self._sequence([child], inner, opened)

    def _host(self, statement: Stmt, box: Box, *, is_loop: bool) -> None:
        last = box.inside[-1] if box.inside else None
        if (
            isinstance(last, Leaf)
            and not is_loop
            and not (last.is_loop or last.on_device or last.header)
        ):
            last.statements.append(statement)
        else:
            box.inside.append(Leaf([statement], is_loop=is_loop))

    def _holds_device_code(self, statement: Stmt) -> bool:
        return any(statement.span.contains(span) for span in self._device) or any(
            statement.span.contains(d.span) for d in self._environments
        )
