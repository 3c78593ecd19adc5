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
    operations of one execution of the whole loop. ``condition`` is C text without which the verdict
    does not hold; an offloaded loop is run under a test of it.
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
    condition: str = ""


@dataclass(frozen=True, slots=True)
class MapItem:
    """One list item of a map clause: ``map(<map_type>: <item>)``; ``item`` is C text."""

    map_type: MapType
    variable: str
    item: str


@dataclass(frozen=True, slots=True)
class ReductionItem:
    """One list item of a reduction clause.

    ``declared`` is the type of a minimum or maximum whose reduction is declared in the file, for
    the built-in one does not keep infinities; empty for a built-in reduction. ``by_call`` tells
    that the loop uses fmin or fmax, which pass over what is not a number.
    """

    operator: str
    item: str
    declared: str = ""
    by_call: bool = False

    @property
    def identifier(self) -> str:
        """What stands before the colon of the clause."""
        if not self.declared:
            return self.operator
        return f"s2s_f{self.operator}" if self.by_call else f"s2s_{self.operator}"


@dataclass(frozen=True, slots=True)
class RecordMember:
    """One member of the record in which an extremum is reduced.

    ``variable`` is what it stands for, empty for a member that only helps to compare; ``initial``
    is C text for its value where nothing is found yet.
    """

    name: str
    type: str
    variable: str
    initial: str


@dataclass(frozen=True, slots=True)
class MemberUse:
    """A use of a variable that becomes one of a member."""

    span: Span
    member: str


@dataclass(frozen=True, slots=True)
class MemberStore:
    """An assignment of ``value`` to a member, inserted before the expression at ``span``.

    ``own_line`` tells that the expression is a statement of a block.
    """

    span: Span
    member: str
    value: str
    own_line: bool


@dataclass(frozen=True, slots=True)
class ExtremumReduction:
    """A reduction of an extremum together with its places, in a record made for it.

    ``record`` names both the type and the reduction, ``variable`` the record of this loop. Its
    first member is the extremum, for which ``relation`` holds between a new value and the old
    one. Of equal values the first (the last, for a relation with ``=``) counts, in the order of
    the members ``order``, each with whether it grows from one iteration to the next. ``found``
    names the member that tells whether there was any new value, if that matters.
    """

    record: str
    variable: str
    relation: str
    members: tuple[RecordMember, ...]
    order: tuple[tuple[str, bool], ...]
    uses: tuple[MemberUse, ...]
    stores: tuple[MemberStore, ...] = ()
    found: str = ""


@dataclass(frozen=True, slots=True)
class TargetRegion:
    """One combined ``target`` construct on a loop (or on a statement that runs serially).

    ``anchor`` is the span of the statement that the directive precedes; ``serial`` regions are a
    bare ``target`` construct executed by one device thread. ``condition`` keeps sections from
    having a negative length, ``threshold`` asks for enough work; both become ``if(target: …)``.
    Where ``requires``, C text, does not hold, the serial loop runs instead.
    ``final_values`` are C statements that give loop variables the values the serial loops leave.
    """

    function: str
    anchor: Span
    loop: Span
    collapse: int = 1
    private: tuple[str, ...] = ()
    firstprivate: tuple[str, ...] = ()
    lastprivate: tuple[str, ...] = ()
    reductions: tuple[ReductionItem, ...] = ()
    extrema: tuple[ExtremumReduction, ...] = ()
    maps: tuple[MapItem, ...] = ()
    condition: str = ""
    threshold: str = ""
    serial: bool = False
    final_values: tuple[str, ...] = ()
    requires: str = ""


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
class RunTimeGuard:
    """A run-time test around ``span``; the other path is the serial original.

    ``tests`` are C conditions, all of which must hold, over the helper functions in ``needs``.
    ``comment`` tells when they do not, ``help`` how to do without them.
    """

    function: str
    span: Span
    tests: tuple[str, ...]
    comment: str
    needs: tuple[str, ...]
    help: str


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
    """Everything that will be emitted, plus remarks and the verdict on every loop.

    ``resident`` names functions that are called while their arrays are on the device: their regions
    must run there.
    """

    regions: tuple[TargetRegion, ...] = ()
    data: tuple[DataEnvironment, ...] = ()
    updates: tuple[Update, ...] = ()
    atomics: tuple[AtomicUpdate, ...] = ()
    guards: tuple[RunTimeGuard, ...] = ()
    declare_targets: tuple[DeclareTarget, ...] = ()
    interchanges: tuple[LoopInterchange, ...] = ()
    splits: tuple[LoopSplit, ...] = ()
    remarks: tuple[Remark, ...] = ()
    loops: tuple[LoopReport, ...] = ()
    assumptions: tuple[str, ...] = ()
    resident: tuple[str, ...] = ()
