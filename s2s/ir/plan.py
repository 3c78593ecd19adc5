# SPDX-License-Identifier: Apache-2.0
"""The offload plan: what will be written into the user's text, and the verdict on every loop.

A plan is a value. Passes take one and return another; the backend turns the last one into edits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from s2s.diagnostics import Remark
from s2s.source import Span


class Verdict(StrEnum):
    """What the dependence analysis says of a loop."""

    PARALLEL = "parallel"
    REDUCTION = "reduction"
    SERIAL = "serial"


class MapType(StrEnum):
    """Map types of the OpenMP specification, section 5.8 (version 5.2)."""

    TO = "to"
    FROM = "from"
    TOFROM = "tofrom"
    ALLOC = "alloc"


@dataclass(frozen=True, slots=True)
class LoopReport:
    """The verdict on one loop as a report shows it.

    ``disposition`` is what became of it: ``offloaded`` (it carries a construct), ``collapsed`` or
    ``inside`` (part of an offloaded nest), ``device`` (runs serially on the device), ``host``.
    ``trip_count`` and ``work`` are C-like expressions for people; ``work`` counts the arithmetic
    operations of one execution of the whole loop.
    """

    function: str
    span: Span
    line: int
    depth: int
    induction_variable: str
    verdict: Verdict
    disposition: str
    trip_count: str
    work: str
    reason: str = ""
    dependence: str = ""


@dataclass(frozen=True, slots=True)
class MapItem:
    """One list item of a map clause: ``map(<map_type>: <item>)``; ``item`` is C text."""

    map_type: MapType
    variable: str
    item: str


@dataclass(frozen=True, slots=True)
class ReductionItem:
    """One list item of a reduction clause."""

    operator: str
    item: str


@dataclass(frozen=True, slots=True)
class TargetRegion:
    """One combined ``target`` construct on a loop (or on a statement that runs serially).

    ``anchor`` is the span of the statement that the directive precedes; ``serial`` regions are a
    bare ``target`` construct executed by one device thread. ``condition`` keeps sections from
    having a negative length, ``threshold`` asks for enough work; both become ``if(target: …)``.
    """

    function: str
    anchor: Span
    loop: Span
    collapse: int = 1
    private: tuple[str, ...] = ()
    firstprivate: tuple[str, ...] = ()
    lastprivate: tuple[str, ...] = ()
    reductions: tuple[ReductionItem, ...] = ()
    maps: tuple[MapItem, ...] = ()
    condition: str = ""
    threshold: str = ""
    serial: bool = False


@dataclass(frozen=True, slots=True)
class DataBoundary:
    """A statement at which some variables of an unstructured environment are entered or left."""

    anchor: Span
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataEnvironment:
    """A ``target data`` region around the statements in ``span``.

    ``single`` tells that the span is one statement, which needs no braces; ``unstructured`` asks
    for ``enter data``/``exit data`` because a block would hide declarations or is left by jumps.
    ``condition`` is C text under which the region (and the constructs inside) use the device at
    all. ``entries`` are the statements after which variables are entered that do not exist at
    the beginning, ``exits`` the jumps before which those that are there by then are left.
    """

    function: str
    span: Span
    maps: tuple[MapItem, ...]
    single: bool
    unstructured: bool = False
    condition: str = ""
    entries: tuple[DataBoundary, ...] = ()
    exits: tuple[DataBoundary, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """A ``target update`` before or after the statement in ``anchor``."""

    function: str
    anchor: Span
    direction: MapType
    items: tuple[str, ...]
    after: bool


@dataclass(frozen=True, slots=True)
class AtomicUpdate:
    """An ``atomic update`` construct on the statement in ``anchor``."""

    function: str
    anchor: Span


@dataclass(frozen=True, slots=True)
class AliasGuard:
    """A run-time test around ``span``; the other path is the serial original.

    ``tests`` are C conditions, all of which must hold, over the helper functions in ``needs``.
    """

    function: str
    span: Span
    tests: tuple[str, ...]
    comment: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeclareTarget:
    """A file-scope declaration or function that device code refers to."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class LoopInterchange:
    """Two perfectly nested loops change places: their headers are exchanged."""

    function: str
    outer: Span
    inner: Span


@dataclass(frozen=True, slots=True)
class LoopSplit:
    """A loop is distributed over two: the second starts before the statement at ``at``."""

    function: str
    loop: Span
    header: Span
    at: int


@dataclass(frozen=True, slots=True)
class OffloadPlan:
    """Everything that will be emitted, plus remarks and the verdict on every loop."""

    regions: tuple[TargetRegion, ...] = ()
    data: tuple[DataEnvironment, ...] = ()
    updates: tuple[Update, ...] = ()
    atomics: tuple[AtomicUpdate, ...] = ()
    guards: tuple[AliasGuard, ...] = ()
    declare_targets: tuple[DeclareTarget, ...] = ()
    interchanges: tuple[LoopInterchange, ...] = ()
    splits: tuple[LoopSplit, ...] = ()
    remarks: tuple[Remark, ...] = ()
    loops: tuple[LoopReport, ...] = ()
    assumptions: tuple[str, ...] = ()
