# SPDX-License-Identifier: Apache-2.0
"""What functions leave to the device of the objects that their callers hand them.

A function that touches an object in its kernels only, and whose kernels run on the device whenever
they run at all, does not ask for the host's copy: a caller that keeps the object on the device need
not bring it back for the call. The map clauses of the function find the object present then, and
copy nothing (OpenMP 5.2, section 5.8.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from s2s.analysis.environment import Environment, KernelSite, leaving
from s2s.analysis.extents import Section, lengths_needed
from s2s.analysis.facts import Facts, any_may_change, apart, effects_of
from s2s.analysis.kernel import ArrayUse, RegionUses, whole_of
from s2s.analysis.nest import Nest, NestLoop, trip_count
from s2s.analysis.overlaps import overlapping
from s2s.analysis.polynomial import Polynomial
from s2s.ir.program import (
    Call,
    Compound,
    Expr,
    For,
    Stmt,
    While,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import Symbol, SymbolKind

if TYPE_CHECKING:
    from s2s.analysis.data_movement import DataMovement


@dataclass(frozen=True, slots=True)
class DeviceUse:
    """What a function's kernels do with an object that the host's part of it does not touch.

    ``exposed``: a read may see a value from before. ``written`` is the number of elements, from the
    first one on, that are surely written, in terms of the function's parameters (None: not known).
    """

    reads: bool = False
    writes: bool = False
    exposed: bool = False
    written: Polynomial | None = None


@dataclass(frozen=True, slots=True)
class DeviceObjects:
    """The objects that a function leaves to the device: by parameter, and those with a name."""

    parameters: Mapping[int, DeviceUse] = field(default_factory=dict)
    variables: Mapping[Symbol, DeviceUse] = field(default_factory=dict)


def device_objects(movement: DataMovement, environments: Sequence[Environment]) -> DeviceObjects:
    """Return what a function leaves to the device, whose environments are known."""
    if not _surely_on_device(movement, environments):
        return DeviceObjects()
    reader = _Reader(movement, {s for env in environments for s in env.on_device})
    reader.visit(movement.function.body)
    if reader.unknown:
        return DeviceObjects()
    parameters: dict[int, DeviceUse] = {}
    for position, parameter in enumerate(movement.function.parameters):
        use = reader.of_parameter(parameter.symbol)
        if use is not None:
            parameters[position] = use
    variables: dict[Symbol, DeviceUse] = {}
    for symbol in sorted({s for s, _ in reader.device}, key=lambda s: s.sort_key):
        use = reader.of_variable(symbol)
        if use is not None:
            variables[symbol] = use
    return DeviceObjects(parameters, variables)


# -- whether kernels run on the device whenever they run ------------------------------------------


def _surely_on_device(movement: DataMovement, environments: Sequence[Environment]) -> bool:
    """Whether no test at run time sends to the host what a kernel or an environment does."""
    facts = movement.analyses.facts
    if any(env.pairs or env.assumptions for env in environments):
        return False
    for stmt, kernel in movement.kernels.items():
        if kernel.on_condition:
            return False
        env = next((e for e in environments if any(k.stmt is stmt for k in e.kernels)), None)
        uses = kernel.uses
        if env is None and (
            uses.assumptions or overlapping(uses.arrays, uses.written, uses.sections, facts)
        ):
            return False
        mapped = env.arrays if env is not None else {}
        asked = [m.section for m in mapped.values()]
        asked += [section for s, section in uses.sections.items() if s not in mapped]
        nest = movement.analyses.nest(movement.function, stmt).nest
        if not _runs_only_with(asked, nest, kernel, facts):
            return False
    return True


def _runs_only_with(
    sections: Iterable[Section | None], nest: Nest, kernel: KernelSite, facts: Facts
) -> bool:
    """Whether a kernel has iterations only if none of the sections has a negative length."""
    counts = [c for loop in _enclosing(nest, kernel.loops) if (c := trip_count(loop)) is not None]
    return all(
        is_positive_with(length, counts)
        for section in sections if section is not None
        for length in lengths_needed(section, facts.parameters)
    )  # fmt: skip


def _enclosing(nest: Nest, count: int) -> list[NestLoop]:
    """Return the outermost loops of a nest, ``count`` of them, one directly in the other."""
    out = [nest.loops[0]]
    for loop in nest.loops[1:]:
        if len(out) < count and loop.parent is out[-1]:
            out.append(loop)
    return out


def is_positive_with(length: Polynomial, counts: Sequence[Polynomial]) -> bool:
    """Whether a length is at least 1 if the trip counts of all enclosing loops are.

    Each count stands for one parameter in it, ``n - 2`` for ``n``, and is ``1 + x`` with ``x``
    at least 0. What is left then must have no negative term and no other parameter.
    """
    names: dict[str, Polynomial] = {}
    for number, count in enumerate(counts):
        count = count.substitute(names)
        for atom in sorted(count.atoms):
            rest = count - Polynomial.atom(atom)
            if not _is_free(atom) and atom not in rest.atoms:
                value = Polynomial.atom(f"{_FREE}{number}") + Polynomial.constant_of(1) - rest
                names = {a: p.substitute({atom: value}) for a, p in names.items()}
                names[atom] = value
                break
    left = length.substitute(names) - Polynomial.constant_of(1)
    return all(map(_is_free, left.atoms)) and all(c >= 0 for _, c in left.terms)


_FREE = "1 + "  # no parameter is called so


def _is_free(atom: str) -> bool:
    return atom.startswith(_FREE)


# -- what is touched where -----------------------------------------------------------------------


class _Reader:
    """Collects what a function touches on the host, and on the device in the order of the text."""

    def __init__(self, movement: DataMovement, on_device: set[Stmt]) -> None:
        self._movement = movement
        self._facts = movement.analyses.facts
        self._on_device = on_device
        self._certain = True
        self.host: set[Symbol] = set()
        self.device: list[tuple[Symbol, ArrayUse]] = []
        self.unknown = False

    # -- the statements --------------------------------------------------------------------------

    def visit(self, stmt: Stmt) -> None:
        """Take in a statement; what it surely does is certain only up to the first way out."""
        movement = self._movement
        kernel = movement.kernels.get(stmt)
        if kernel is not None:
            self._note(kernel.uses)
        elif stmt in self._on_device:
            self._note(movement.uses(stmt), serial=True)
        elif (site := movement.device_calls.at(stmt)) is not None:
            self._host(stmt)
            self._note(site.uses)
        elif stmt in movement.holders or self._holds_serial_region(stmt):
            certain = self._certain
            for part, sure in _in_order(stmt):
                made = part if isinstance(part, Stmt) else movement.as_statement(part)
                self._certain = certain and sure
                if made is not None:
                    self.visit(made)
                if isinstance(part, Stmt):
                    certain &= not leaving(part)
            self._certain = certain
        else:
            self._host(stmt)

    def _holds_serial_region(self, stmt: Stmt) -> bool:
        return not self._on_device.isdisjoint(walk_statements(stmt))

    def _host(self, stmt: Stmt) -> None:
        uses = self._movement.uses(stmt)
        self.host |= uses.arrays.keys()
        self.unknown |= uses.unresolved or any(
            isinstance(e, Call) and self._facts.summaries.of_call(e).unknown
            for e in all_expressions(stmt)
        )

    def _note(self, uses: RegionUses, *, serial: bool = False) -> None:
        self.unknown |= uses.unresolved
        for symbol, use in uses.arrays.items():
            exposed = use.exposed or (serial and use.reads)
            covered = use.covered and self._certain
            self.device.append((symbol, replace(use, exposed=exposed, covered=covered)))

    def _is_first(self, section: Section | None) -> bool:
        """Whether a section begins with the first element, and means the same everywhere."""
        if section is None or section.lower != Polynomial():
            return False
        effects = effects_of(self._movement.function.body, self._facts)
        return not any_may_change(effects, section.atoms, self._facts)

    # -- the objects -----------------------------------------------------------------------------

    def of_parameter(self, symbol: Symbol) -> DeviceUse | None:
        """Return what is done to what a parameter points to, None if not on the device alone."""
        group = self._facts.aliases.swap_class(symbol)
        as_given = all(self._facts.aliases.keeps_its_value(member) for member in group)
        return self._use(group) if symbol.type.is_pointer and as_given else None

    def of_variable(self, symbol: Symbol) -> DeviceUse | None:
        """Return the same for an array or structure at file scope."""
        shared = symbol.is_global and symbol.kind is not SymbolKind.STATIC_LOCAL
        return self._use(frozenset({symbol})) if shared and symbol.type.is_aggregate else None

    def _use(self, group: frozenset[Symbol]) -> DeviceUse | None:
        """Return the uses of some variables, taken for one, None if the host may touch it."""
        facts = self._facts
        mine = [use for symbol, use in self.device if symbol in group]
        if not mine:
            return None
        written: Section | None = None
        exposed = False
        for use in mine:
            section = whole_of(use.symbol, use.section)
            exposed |= use.exposed and (written is None or section != written)
            if use.covered and written is None and len(group) == 1 and self._is_first(section):
                written = section
        out = DeviceUse(
            any(u.reads for u in mine),
            any(u.writes for u in mine),
            exposed,
            None if written is None else written.length,
        )
        others = set(self.host)
        others |= {s for s, use in self.device if s not in group and (use.writes or out.writes)}
        is_touched = any(
            other in group or not apart(other, member, facts)
            for other in others
            for member in group
        )
        return None if is_touched else out


def _in_order(stmt: Stmt) -> list[tuple[Stmt | Expr, bool]]:
    """Return the parts of a statement as they are executed first, and whether each surely is."""
    parts: list[tuple[Stmt | Expr | None, bool]]
    match stmt:
        case Compound(body=body):
            parts = [(inner, True) for inner in body]
        case For(init=init, condition=condition, increment=increment, body=body):
            parts = [(init, True), (condition, True), (body, False), (increment, False)]
        case While(condition=condition, body=body, is_do=True):
            parts = [(body, True), (condition, False)]
        case While(condition=condition, body=body):
            parts = [(condition, True), (body, False)]
        case _:
            parts = [(expression, True) for expression in stmt.expressions]
            parts += [(child, False) for child in stmt.children]
    return [(part, sure) for part, sure in parts if part is not None]
