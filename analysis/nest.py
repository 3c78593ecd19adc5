# SPDX-License-Identifier: Apache-2.0
"""The polyhedral view of one loop nest: loops, statements, accesses, parameters. Data only.

:mod:`s2s.analysis.loop_nest` builds it, :mod:`s2s.analysis.dependence` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from s2s.analysis.polynomial import Monomial, Polynomial
from s2s.ir.program import Assign, Expr, ExprStmt, For, Function, If, Ref, Stmt
from s2s.ir.types import CType, Symbol
from s2s.source import Span


@dataclass(frozen=True, slots=True)
class MemoryObject:
    """Something that is read or written: a variable, or what a pointer points to.

    ``path`` distinguishes parts: ``*`` is the memory behind a pointer, names are struct fields.
    """

    symbol: Symbol
    path: tuple[str, ...] = ()

    @property
    def is_pointee(self) -> bool:
        """Whether the memory is reached through a pointer."""
        return "*" in self.path

    @property
    def is_behind_stored_pointer(self) -> bool:
        """Whether the memory is reached through a pointer that is itself stored in memory."""
        by_variable = self.path[:1] == ("*",) and self.symbol.type.is_pointer
        return "*" in (self.path[1:] if by_variable else self.path)

    @property
    def leads_elsewhere(self) -> bool:
        """Whether the object, used as a whole, holds pointers that its user may follow."""
        ctype = self.symbol.type
        whole = self.path == (("*",) if ctype.is_pointer else ())
        return whole and ctype.leads_elsewhere

    @property
    def text(self) -> str:
        """The object's name for people."""
        fields = "".join(
            ("->" if i and self.path[i - 1] == "*" else ".") + p
            for i, p in enumerate(self.path)
            if p != "*"
        )
        return self.symbol.name + fields


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that does not change while the nest runs.

    ``text`` is C text that has the value just before the nest; ``value`` is known for macro
    constants; ``symbols`` are the variables that the text reads.
    """

    name: str
    text: str
    type: CType
    value: int | None
    symbols: frozenset[Symbol]
    expression: Expr


@dataclass(frozen=True, slots=True)
class Blocker:
    """A reason for which a loop cannot be run in parallel, found while reading it."""

    code: str
    message: str
    span: Span
    help: str = ""


@dataclass(slots=True, eq=False)
class NestLoop:
    """One loop of a nest (filled by the extractor, constant afterwards).

    ``lower`` is the first value of the iterator and ``upper`` the inclusive bound in the
    direction of ``step``; None for a bound that is not affine. ``domain`` is the isl text of the
    iterator's constraints, where remainders and quotients may occur as well.

    ``in_callee`` tells that it is a loop of a function that the nest calls.

    ``stride`` is the size of a step that is no constant; ``step`` is then its direction, and the
    domain holds the values in between as well. That it is positive is for the user of the loop to
    check, unless the loop cannot be left early: if it is not, no iteration or no end follows.
    """

    stmt: Stmt
    atom: str
    depth: int
    parent: NestLoop | None
    symbol: Symbol | None = None
    declares_iterator: bool = False
    in_callee: bool = False
    lower: Polynomial | None = None
    upper: Polynomial | None = None
    step: int = 1
    stride: Polynomial | None = None
    domain: str = ""
    blockers: list[Blocker] = field(default_factory=list)
    local_symbols: set[Symbol] = field(default_factory=set)

    @property
    def is_exact(self) -> bool:
        """Whether the iterations are known exactly."""
        return bool(self.domain) and self.stride is None

    @property
    def is_canonical_for(self) -> bool:
        """Whether the loop has OpenMP's canonical form with known bounds."""
        known = self.lower is not None and self.upper is not None
        return isinstance(self.stmt, For) and self.symbol is not None and known


def trip_count(loop: NestLoop) -> Polynomial | None:
    """Return the trip count as a polynomial (for a constant step, of the whole range)."""
    if loop.lower is None or loop.upper is None or loop.stride is not None:
        return None
    low, high = (loop.lower, loop.upper) if loop.step > 0 else (loop.upper, loop.lower)
    span = high - low + Polynomial.constant_of(abs(loop.step))
    if span.is_constant:
        return Polynomial.constant_of(max(0, span.constant // abs(loop.step)))
    return span if abs(loop.step) == 1 else None


@dataclass(frozen=True, slots=True)
class Access:
    """One read or write.

    ``subscripts`` has one polynomial for each dimension, None where it is not known; None as a
    whole when nothing is known. ``reduction`` is the operator when the access is half of an
    update ``x = x op e``, or the tag of an :class:`Extremum`; ``nonlinear`` is the value of the
    only subscript where that is None because isl cannot take it, ``bounds`` isl text about unknown
    subscripts, named ``u0`` and so on by their position; ``guards`` are conditions (isl text) on it
    within its statement, and ``certain`` tells that there are no others; ``must`` that it happens
    whenever they hold.
    """

    target: MemoryObject
    subscripts: tuple[Polynomial | None, ...] | None
    is_write: bool
    reduction: str
    must: bool
    span: Span
    element: CType
    expression: Expr | None = None
    guards: tuple[str, ...] = ()
    certain: bool = True
    nonlinear: Polynomial | None = None
    bounds: str = ""


@dataclass(frozen=True, slots=True)
class Quotient:
    """``dividend / divisor`` as C rounds it, ``divisor`` a positive constant."""

    dividend: Polynomial
    divisor: int


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """An assignment in the branch that keeps an extremum.

    ``statement`` is the statement in a block that it is the whole of, if it is one; ``from_macro``
    tells that the text around it is made by a macro.
    """

    assignment: Assign
    statement: ExprStmt | None
    from_macro: bool

    @property
    def symbol(self) -> Symbol:
        """The variable that is assigned."""
        target = self.assignment.target
        assert isinstance(target, Ref)
        return target.symbol


@dataclass(frozen=True, slots=True, eq=False)
class Extremum:
    """``if (value relation best) { best = value; places… }``.

    ``tag`` marks its accesses, ``compared`` is the use of the variable in the condition.
    """

    stmt: If
    tag: str
    relation: str
    compared: Ref
    best: Place
    places: tuple[Place, ...]

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The variables that it assigns, the extremum first."""
        return (self.best.symbol, *(p.symbol for p in self.places))


@dataclass(slots=True, eq=False)
class NestStatement:
    """A statement instance set: the loops around it, its place and the conditions on it.

    ``doubts`` counts the conditions that are not known. ``branch`` names the branches around it,
    the outermost first. It runs before all that follows in these branches and in its loop body, if
    it is ``in_sequence``; parts of a ``switch`` and headers of odd loops are not.
    """

    index: int
    node: Stmt | None
    span: Span
    loops: tuple[NestLoop, ...]
    position: tuple[int, ...]
    conditions: tuple[str, ...]
    exact: bool
    doubts: int = 0
    branch: tuple[int, ...] = ()
    in_sequence: bool = True
    accesses: list[Access] = field(default_factory=list)
    operations: float = 0.0


@dataclass(slots=True, eq=False)
class Nest:
    """A loop nest below ``root`` in a function.

    ``strides`` holds, for delinearized objects, the stride of every dimension but the last;
    ``quotients`` are the atoms of nonlinear subscripts that are neither iterators nor parameters;
    ``unresolved`` are accesses whose object is not known. ``context`` holds isl constraints on
    parameters that the loops around the root imply; ``sizes`` names the parameters that the
    function does not change while it runs; ``extrema`` are those kept together with a place;
    ``callee_symbols`` are the parameters and variables of functions that are called.
    """

    function: Function
    root: Stmt
    loops: list[NestLoop] = field(default_factory=list)
    statements: list[NestStatement] = field(default_factory=list)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    strides: dict[MemoryObject, tuple[Monomial, ...]] = field(default_factory=dict)
    quotients: dict[str, Quotient] = field(default_factory=dict)
    unresolved: list[Blocker] = field(default_factory=list)
    context: list[str] = field(default_factory=list)
    sizes: set[str] = field(default_factory=set)
    extrema: list[Extremum] = field(default_factory=list)
    callee_symbols: set[Symbol] = field(default_factory=set)

    @property
    def own_loops(self) -> list[NestLoop]:
        """The loops that are written below the root."""
        return [loop for loop in self.loops if not loop.in_callee]

    def loop_of(self, stmt: Stmt) -> NestLoop | None:
        """Return the nest loop of a statement."""
        return next((loop for loop in self.loops if loop.stmt is stmt), None)

    def inside(self, loop: NestLoop) -> list[NestStatement]:
        """Return the statements inside a loop."""
        return [s for s in self.statements if loop in s.loops]

    @property
    def iterators(self) -> frozenset[str]:
        """The atoms of all loops."""
        return frozenset(loop.atom for loop in self.loops)
