# SPDX-License-Identifier: Apache-2.0
"""A device data environment as it is planned: where it lies and what it maps."""

from __future__ import annotations

from dataclasses import dataclass, field

from s2s.analysis.assumptions import Assumption
from s2s.analysis.extents import Section
from s2s.analysis.kernel import RegionUses
from s2s.ir.program import (
    Break,
    Continue,
    For,
    Stmt,
    Switch,
    While,
)
from s2s.ir.types import Symbol


@dataclass(frozen=True, slots=True)
class KernelSite:
    """A statement that will carry a target construct, with what it uses."""

    stmt: Stmt
    uses: RegionUses


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
    """

    statements: tuple[Stmt, ...]
    arrays: dict[Symbol, Mapped] = field(default_factory=dict)
    sections: dict[Symbol, Section | None] = field(default_factory=dict)
    transfers: list[HostTransfer] = field(default_factory=list)
    on_device: list[Stmt] = field(default_factory=list)
    pairs: set[frozenset[Symbol]] = field(default_factory=set)
    assumptions: set[Assumption] = field(default_factory=set)
    kernels: list[KernelSite] = field(default_factory=list)
    unstructured: bool = False


class IllegalEnvironment(Exception):
    """The run of statements cannot have an environment of its own."""


def leaves(stmt: Stmt) -> bool:
    """Whether a break or continue jumps out of a statement."""
    pending: list[tuple[Stmt, bool, bool]] = [(stmt, False, False)]
    while pending:
        at, breakable, continuable = pending.pop()
        if (isinstance(at, Break) and not breakable) or (
            isinstance(at, Continue) and not continuable
        ):
            return True
        if isinstance(at, (For, While)):
            breakable = continuable = True
        elif isinstance(at, Switch):
            breakable = True
        pending.extend((c, breakable, continuable) for c in at.children)
    return False
