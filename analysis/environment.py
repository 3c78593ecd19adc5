# SPDX-License-Identifier: Apache-2.0
"""A device data environment as it is planned: where it lies and what it maps."""

from __future__ import annotations

from dataclasses import dataclass, field

from s2s.analysis import library_table as library
from s2s.analysis.assumptions import Assumption
from s2s.analysis.extents import Section
from s2s.analysis.kernel import RegionUses
from s2s.ir.program import (
    Break,
    Call,
    Compound,
    Continue,
    DeclStmt,
    ExprStmt,
    For,
    Goto,
    Return,
    Stmt,
    Switch,
    While,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import Symbol


@dataclass(frozen=True, slots=True)
class KernelSite:
    """A statement that will carry a target construct, with what it uses.

    ``loops`` is the number of loops that the construct is associated with; ``on_condition`` tells
    that a test of its own decides whether it is used.
    """

    stmt: Stmt
    uses: RegionUses
    loops: int = 1
    on_condition: bool = False


@dataclass(slots=True)
class Mapped:
    """How an environment maps one variable."""

    section: Section | None
    to: bool = False
    back: bool = False


@dataclass(frozen=True, slots=True)
class HostTransfer:
    """An update next to a host statement."""

    anchor: Stmt
    symbol: Symbol
    section: Section | None
    to_device: bool


@dataclass(slots=True)
class Environment:
    """A data environment around sibling statements.

    ``pairs`` and ``assumptions`` are what a run-time test around it must make sure of.
    ``tails`` are the jumps out of it with what goes with them; ``entered`` tells which of the
    statements some arrays exist from on; ``read_by_callees`` are arrays that called functions may
    read on the device; it is ``unstructured`` when a block cannot express it.
    """

    statements: tuple[Stmt, ...]
    arrays: dict[Symbol, Mapped] = field(default_factory=dict)
    sections: dict[Symbol, Section | None] = field(default_factory=dict)
    transfers: list[HostTransfer] = field(default_factory=list)
    on_device: list[Stmt] = field(default_factory=list)
    pairs: set[frozenset[Symbol]] = field(default_factory=set)
    assumptions: set[Assumption] = field(default_factory=set)
    kernels: list[KernelSite] = field(default_factory=list)
    tails: list[tuple[Stmt, ...]] = field(default_factory=list)
    entered: dict[Symbol, int] = field(default_factory=dict)
    read_by_callees: set[Symbol] = field(default_factory=set)
    unstructured: bool = False

    @property
    def written(self) -> set[Symbol]:
        """The variables whose memory is written on the device."""
        return set().union(*(kernel.uses.written for kernel in self.kernels))

    def place(self, begin: int) -> Stmt:
        """Return the statement before which is mapped what exists from statement ``begin`` on."""
        return self.statements[min(begin, len(self.statements) - 1)]

    @property
    def exits(self) -> list[Stmt]:
        """The statements before which the environment is left."""
        return [tail[0] for tail in self.tails]


class IllegalEnvironment(Exception):
    """The run of statements cannot have an environment of its own."""


def leaving(stmt: Stmt) -> list[Stmt]:
    """Return the jumps out of a statement: break, continue, return and goto."""
    out: list[Stmt] = []
    pending: list[tuple[Stmt, bool, bool]] = [(stmt, False, False)]
    while pending:
        at, breakable, continuable = pending.pop()
        if (
            isinstance(at, (Return, Goto))
            or (isinstance(at, Break) and not breakable)
            or (isinstance(at, Continue) and not continuable)
        ):
            out.append(at)
        if isinstance(at, (For, While)):
            breakable = continuable = True
        elif isinstance(at, Switch):
            breakable = True
        pending.extend((c, breakable, continuable) for c in at.children)
    return sorted(out, key=lambda s: s.span.begin)


def tails(stmt: Stmt) -> list[tuple[Stmt, ...]]:
    """Return each jump out of a statement, with the statements before it that free memory.

    What is mapped has to be left before its memory is given back.
    """
    blocks = {
        child: inner.body
        for inner in walk_statements(stmt) if isinstance(inner, Compound)
        for child in inner.body
    }  # fmt: skip
    out = []
    for jump in leaving(stmt):
        body = blocks.get(jump, (jump,))
        first = last = body.index(jump)
        for at in range(last - 1, -1, -1):
            if not isinstance(body[at], (ExprStmt, DeclStmt)):
                break
            if any(isinstance(e, Call) and is_release(e) for e in all_expressions(body[at])):
                first = at
        out.append(body[first : last + 1])
    return out


def is_release(call: Call) -> bool:
    """Whether a call gives memory back."""
    return call.name in library.RELEASE or call.name == "realloc"
