# SPDX-License-Identifier: Apache-2.0
"""Reductions of an extremum together with its place: the record, its members, their order.

OpenMP has no such reduction, so a record is declared for it. Copies of the record start with the
value that loses against all others; each sees its iterations in order (the default schedules are
static) and the combiner decides between equal values by the iterations that found them. What the
variables hold before the loop is compared with the result after it. (A copy must not start with
it: where threads get their copies while others already return theirs, ``omp_orig`` may hold a
value from a later iteration.) Under a strict relation a value that is found differs from the one
that copies start with; for the others a member tells whether anything was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from s2s.analysis.extrema import is_index_only, keeps_every_value
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import Extremum, NestLoop, Place
from s2s.ir.plan import ExtremumReduction, MemberStore, MemberUse, RecordMember
from s2s.ir.program import (
    Cast,
    DeclStmt,
    Expr,
    Function,
    If,
    Ref,
    Stmt,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import CType, Symbol, TypeKind
from s2s.passes.refusal import Refusal
from s2s.source import Span

_WORD = re.compile(rb"[A-Za-z_]\w*")
_MEMBERS = re.compile(rb"#[ \t]*define[ \t]+(?:value|found|place\d*|other\d*)\b")
_BASIC = frozenset(("signed", "unsigned", "char", "short", "int", "long"))
_MATH = re.compile(rb"#[ \t]*include[ \t]*<(?:math\.h|cmath)>")
_SUFFIXES = {8: "ll"}
_INTEGERS = {1: "char", 2: "short", 4: "int", 8: "long long"}
_FLOATS = {4: "float", 8: "double"}


def extremum_reductions(
    function: Function,
    found: Iterable[Extremum],
    chain: Sequence[NestLoop],
    analyses: Analyses,
) -> tuple[ExtremumReduction, ...] | Refusal:
    """Return the reductions for a region whose (collapsed) loops are ``chain``, outermost first."""
    out: list[ExtremumReduction] = []
    for extremum in found:
        try:
            out.append(_Record(function, extremum, chain, analyses).reduction())
        except _NoRecord as reason:
            return Refusal(
                "S2S214",
                f"'{extremum.best.symbol.name}' and its place cannot be reduced together: {reason}",
                reason.span,
                reason.help,
            )
    return tuple(out)


def words_of(content: bytes) -> set[str]:
    """Return all identifiers (and other words) of a text."""
    return {w.group().decode() for w in _WORD.finditer(content)}


def named_apart(
    extrema: tuple[ExtremumReduction, ...], taken: set[str]
) -> Iterator[ExtremumReduction]:
    """Give the records of a region names of their own, and add those to ``taken``."""
    for extremum in extrema:
        name = _unused(extremum.variable, taken)
        taken.add(name)
        yield replace(extremum, variable=name)


def index_only_help(stmt: Stmt, symbol: Symbol) -> str:
    """Return how to write a loop that keeps only the place of an extremum; empty for others."""
    if not any(isinstance(s, If) and is_index_only(s, symbol) for s in walk_statements(stmt)):
        return ""
    return (
        f"keep the extreme value in a variable, and compare with that one, not by '{symbol.name}'"
    )


class _NoRecord(Exception):
    """Why an extremum and its place cannot be reduced; the message is for people."""

    def __init__(self, message: str, span: Span, help_: str = "") -> None:
        super().__init__(message)
        self.span = span
        self.help = help_


@dataclass(slots=True)
class _Record:
    """Puts the record for one extremum together."""

    function: Function
    extremum: Extremum
    chain: Sequence[NestLoop]
    analyses: Analyses
    order: list[tuple[str, bool]] = field(default_factory=list)
    stores: list[MemberStore] = field(default_factory=list)

    def reduction(self) -> ExtremumReduction:
        """Return the reduction; raises _NoRecord."""
        extremum, content = self.extremum, self.analyses.program.source.content
        if _MEMBERS.search(content):
            raise _NoRecord("a macro has the name of a member", extremum.stmt.span)
        best = extremum.best.symbol
        members = [self._variable("value", best, self._worst())]
        members += self._ordering()
        ordered = {m.variable for m in members}
        rest = [p.symbol for p in extremum.places if p.symbol.name not in ordered]
        names = _numbered("other", len(rest))
        members += [self._variable(n, s) for n, s in zip(names, rest, strict=True)]
        found = ""
        if extremum.relation in ("<=", ">="):
            found = "found"
            members.append(RecordMember(found, "int", "", "0"))
            self._store(found, "1")
        return ExtremumReduction(
            _unused(self._name(members), words_of(content)),
            f"{best.name}_at",
            extremum.relation,
            tuple(members),
            tuple(self.order),
            tuple(self._uses(members)),
            tuple(self.stores),
            found,
        )

    def _variable(self, name: str, symbol: Symbol, initial: str = "0") -> RecordMember:
        return RecordMember(name, self._type(symbol), symbol.name, initial)

    def _worst(self) -> str:
        """Return C text for the value that no other loses against."""
        best = self.extremum.best.symbol.type
        largest = self.extremum.relation.startswith("<")
        if best.kind is TypeKind.FLOATING:
            program = self.analyses.program
            single = "F" if best.size == 4 and program.language == "c++" else ""  # no narrowing
            infinity = f"__builtin_inf{single.lower()}()"
            if _MATH.search(program.source.content):
                infinity = f"HUGE_VAL{single}"
            return infinity if largest else f"-{infinity}"
        if best.kind is not TypeKind.INTEGER:
            raise _NoRecord(
                f"'{self.extremum.best.symbol.name}' is no number", self.extremum.stmt.span
            )
        suffix = _SUFFIXES.get(best.size, "")
        if not best.signed:
            unsigned = f"{2 ** (8 * best.size) - 1}{'u' if best.size >= 4 else ''}{suffix}"
            return unsigned if largest else "0"
        greatest = f"{2 ** (8 * best.size - 1) - 1}{suffix}"
        return greatest if largest else f"-{greatest} - 1"

    def _type(self, symbol: Symbol) -> str:
        language = self.analyses.program.language
        text = basic_type(symbol.type, cplusplus="++" in language)
        if text is None:
            raise _NoRecord(
                f"'{symbol.name}' has the type '{symbol.type.spelling}'", self.extremum.stmt.span
            )
        return text

    def _ordering(self) -> Iterator[RecordMember]:
        """Yield the members that tell the iterations of the loops apart, outermost first."""
        names = _numbered("place", len(self.chain))
        for name, loop in zip(names, self.chain, strict=True):
            iterator = loop.symbol
            assert iterator is not None
            place = next((p for p in self.extremum.places if _holds(p, iterator)), None)
            if place is not None:
                member = self._variable(name, place.symbol)
            else:
                self._check_visible(iterator, loop)
                member = RecordMember(name, self._type(iterator), "", "0")
                self._store(name, iterator.name)
            self.order.append((name, loop.step > 0))
            yield member

    def _check_visible(self, iterator: Symbol, loop: NestLoop) -> None:
        """Refuse when another variable of the iterator's name hides it in the branch."""
        for stmt in walk_statements(loop.stmt):
            for variable in stmt.variables if isinstance(stmt, DeclStmt) else ():
                if variable.symbol.name == iterator.name and variable.symbol is not iterator:
                    raise _NoRecord(f"another '{iterator.name}' is declared inside", stmt.span)

    def _store(self, member: str, value: str) -> None:
        """Assign a member where the extremum is assigned."""
        best = self.extremum.best
        if best.from_macro:
            raise _NoRecord(
                "the assignment is made by a macro, to which nothing can be added",
                best.assignment.span,
                "keep the loop variable as a place, or write the assignments out",
            )
        span = best.assignment.span if best.statement is None else best.statement.span
        self.stores.append(MemberStore(span, member, value, best.statement is not None))

    def _uses(self, members: Iterable[RecordMember]) -> Iterator[MemberUse]:
        """Yield every use of the variables in the loop, once for each place in the text."""
        content = self.analyses.program.source.content
        names = {m.variable: m.name for m in members if m.variable}
        kept = set(self.extremum.symbols)
        seen: set[Span] = set()
        for expression in all_expressions(self.chain[0].stmt):
            if not isinstance(expression, Ref) or expression.symbol not in kept:
                continue
            span, name = expression.span, expression.symbol.name
            if content[span.begin : span.end] != name.encode():
                raise _NoRecord(
                    f"a macro uses '{name}' in its own text",
                    self.extremum.stmt.span,
                    "make it an argument of the macro",
                )
            if span not in seen:
                seen.add(span)
                yield MemberUse(span, names[name])

    def _name(self, members: Sequence[RecordMember]) -> str:
        """Return a name that tells everything about the record and its combiner."""
        relation = self.extremum.relation
        kind = "least" if relation.startswith("<") else "greatest"
        types = {m.name: _code(m.type) for m in members}
        words = ["s2s", *(["last"] if "=" in relation else []), kind, types["value"]]
        words += [types[name] for name, _ in self.order]
        if not all(grows for _, grows in self.order):
            words += ["up" if grows else "down" for _, grows in self.order]
        ordered = {"value", "found", *(name for name, _ in self.order)}
        rest = [types[m.name] for m in members if m.name not in ordered]
        return "_".join([*words, "with", *rest] if rest else words)


def basic_type(ctype: CType, *, cplusplus: bool) -> str | None:
    """Return a type's name that is known everywhere in a file; None when it has none."""
    if ctype.kind is TypeKind.BOOL:
        return "bool" if cplusplus else "_Bool"
    if ctype.kind is TypeKind.FLOATING:
        return _FLOATS.get(ctype.size)
    if ctype.kind is not TypeKind.INTEGER or ctype.size not in _INTEGERS:
        return None
    words = ctype.spelling.split()
    if set(words) <= _BASIC:
        if "char" in words:
            return ctype.spelling
        length = next((w for w in ("short", "long") if w in words), "int")
        length = " ".join([length] * max(1, words.count(length)))
        return length if ctype.signed else f"unsigned {length}"
    if cplusplus and not words[-1].endswith("_t"):
        return None  # perhaps an enumeration, which takes no integers
    sign = "unsigned " if not ctype.signed else "signed " if ctype.size == 1 else ""
    return sign + _INTEGERS[ctype.size]


def _code(basic: str) -> str:
    """Return a type's name as one word."""
    short = basic.replace("unsigned ", "u").replace("signed ", "s").replace("long long", "llong")
    return short.lstrip("_").lower()


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}{n + 1}" for n in range(count)]


def _holds(place: Place, iterator: Symbol) -> bool:
    """Whether a place is exactly the value of a loop variable."""
    value: Expr = place.assignment.value
    types = [place.symbol.type]
    while isinstance(value, Cast):
        types.append(value.type)
        value = value.operand
    types.append(value.type)
    return (
        isinstance(value, Ref)
        and value.symbol is iterator
        and all(t.is_integer for t in types)
        and all(keeps_every_value(types[-1], t) for t in types)
    )


def _unused(name: str, taken: set[str]) -> str:
    """Return the name, with a number if it is taken."""
    number, out = 1, name
    while out in taken:
        number += 1
        out = f"{name}_{number}"
    return out
