# SPDX-License-Identifier: Apache-2.0
"""From where on the arrays of a data environment exist, and where their names mean them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from s2s.analysis.environment import Environment, IllegalEnvironment
from s2s.analysis.facts import Effects, Facts, base_variable, effects_of
from s2s.analysis.kernel import declared_in
from s2s.ir.program import (
    Assign,
    Call,
    DeclStmt,
    Expr,
    ExprStmt,
    Index,
    Member,
    Ref,
    Stmt,
    Unary,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import Symbol


@dataclass(slots=True)
class Lifetimes:
    """The variables of an environment that its own statements declare or set.

    ``entered``: arrays that exist from one of the statements on; ``own``: arrays of one kernel
    that the environment leaves to it.
    """

    entered: dict[Symbol, int] = field(default_factory=dict)
    own: set[Symbol] = field(default_factory=set)

    def begin(self, symbol: Symbol) -> int:
        """Return the first of the environment's statements before which an array exists."""
        return self.entered.get(symbol, -1) + 1


def joined(statements: Iterable[Stmt], facts: Facts) -> Effects:
    """Return the effects of several statements."""
    out = Effects()
    for stmt in statements:
        out.add(effects_of(stmt, facts))
    return out


def lifetimes(env: Environment, symbols: set[Symbol], facts: Facts) -> Lifetimes:
    """Sort out the arrays that the environment's statements declare, allocate or move.

    Raises:
        IllegalEnvironment: one of them can neither be entered late nor be left to one kernel.
    """
    out = Lifetimes()
    effects = joined(env.statements, facts)
    for symbol in sorted(symbols, key=lambda s: s.sort_key):
        if not _moves(effects, symbol):
            continue
        if len(facts.aliases.swap_class(symbol)) > 1 and _only_swapped(env, symbol, facts):
            continue
        at = _set_at(env.statements, symbol, facts)
        if at is not None and not _used(env.statements[: at + 1], symbol):
            out.entered[symbol] = at
        elif _is_of_one_kernel(env, symbol):
            out.own.add(symbol)
        else:
            raise IllegalEnvironment
    _enter_after_exits(env, symbols - out.own, out, facts)
    return out


def _moves(effects: Effects, symbol: Symbol) -> bool:
    """Whether a variable names other memory afterwards: what is assigned is a pointer's value."""
    return symbol in effects.declared or (symbol.type.is_pointer and effects.writes(symbol))


def _enter_after_exits(
    env: Environment, symbols: set[Symbol], lives: Lifetimes, facts: Facts
) -> None:
    """Enter arrays after the ways out that come before their first use.

    There is often a reason for not using an array when one of them is taken: it may not exist.
    """
    ways_out = [i for i, s in enumerate(env.statements) if _may_end(s, env, facts)]
    if not ways_out:
        return
    outside = {e for tail in env.tails for s in tail for e in all_expressions(s)}
    first = _first_uses(env, symbols, outside)
    for symbol in symbols:
        group = facts.aliases.swap_class(symbol)
        begin = min((first[m] for m in group if m in first), default=len(env.statements))
        before = max((i for i in ways_out if i < begin), default=-1)
        before = max(before, lives.entered.get(symbol, -1))
        if before >= 0:
            lives.entered[symbol] = before


def _may_end(stmt: Stmt, env: Environment, facts: Facts) -> bool:
    """Whether a statement may leave the environment, or the program."""
    exits = set(env.exits)
    return any(s in exits for s in walk_statements(stmt)) or any(
        isinstance(e, Call) and facts.summaries.of_call(e).exits for e in all_expressions(stmt)
    )


def _first_uses(env: Environment, symbols: set[Symbol], outside: set[Expr]) -> dict[Symbol, int]:
    """Return the first of the statements in which the memory of each variable is used."""
    out: dict[Symbol, int] = {}
    kernels = {k.stmt: k for k in env.kernels}
    for i, stmt in enumerate(env.statements):
        used = {
            x for s in walk_statements(stmt) if s in kernels for x in kernels[s].uses.arrays
        }  # fmt: skip
        for expression in all_expressions(stmt):
            if expression in outside or isinstance(expression, Ref):
                continue
            if isinstance(expression, Call):
                used |= {x for a in expression.arguments if (x := base_variable(a)) is not None}
            elif isinstance(expression, (Index, Member)) or (
                isinstance(expression, Unary) and expression.op == "*"
            ):
                root = base_variable(expression)
                if root is not None:
                    used.add(root)
        for symbol in used & symbols:
            out.setdefault(symbol, i)
    return out


def _only_swapped(env: Environment, symbol: Symbol, facts: Facts) -> bool:
    """Whether a pointer does nothing but exchange its value with others."""
    for stmt in env.statements:
        if symbol in declared_in(stmt):
            return False
        for expression in all_expressions(stmt):
            match expression:
                case Assign(target=Ref(symbol=target)) if target is symbol:
                    if not facts.aliases.is_swap(expression):
                        return False
                case Unary(operand=Ref(symbol=target)) if target is symbol:
                    if expression.is_step or expression.op == "&":
                        return False
                case _:
                    pass
    return True


def _set_at(statements: Sequence[Stmt], symbol: Symbol, facts: Facts) -> int | None:
    """Return the last of the statements that declare or set a variable, if they are simple ones.

    The last one must set it: a pointer that is only declared points nowhere.
    """
    places = []
    for i, stmt in enumerate(statements):
        effects = effects_of(stmt, facts)
        if _moves(effects, symbol):
            places.append(i)
    simple = all(_sets(statements[i], symbol) for i in places)
    if not simple or not places or len(facts.aliases.swap_class(symbol)) > 1:
        return None
    last = statements[places[-1]]
    written = effects_of(last, facts).assignments.get(symbol, 0)
    return places[-1] if written == 1 or not symbol.type.is_pointer else None


def _sets(stmt: Stmt, symbol: Symbol) -> bool:
    if stmt.from_macro:
        return False
    match stmt:
        case DeclStmt(variables=variables):
            return any(v.symbol is symbol for v in variables)
        case ExprStmt(expression=Assign(op="", target=Ref(symbol=target))):
            return target is symbol
        case _:
            return False


def _used(statements: Iterable[Stmt], symbol: Symbol) -> bool:
    """Whether statements use a variable other than by setting it."""
    return any(
        isinstance(e, Ref) and e.symbol is symbol and not _is_target(stmt, e)
        for stmt in statements
        for e in all_expressions(stmt)
    )


def _is_target(stmt: Stmt, reference: Expr) -> bool:
    return (
        isinstance(stmt, ExprStmt)
        and isinstance(stmt.expression, Assign)
        and stmt.expression.target is reference
    )


def _is_of_one_kernel(env: Environment, symbol: Symbol) -> bool:
    uses = [k.uses.arrays[symbol] for k in env.kernels if symbol in k.uses.arrays]
    section = uses[0].section if uses else None
    return len(uses) == 1 and (section is None or not section.needs_condition)


def check_names(env: Environment, facts: Facts) -> None:
    """Refuse an environment in which an inner declaration hides a name that directives use.

    Raises:
        IllegalEnvironment: a directive inside could mean another variable.
    """
    used = set(env.arrays)
    for mapped in env.arrays.values():
        atoms = mapped.section.atoms if mapped.section is not None else ()
        used |= {x for a in atoms for x in facts.parameters.get(a).symbols}
    names = {s.name for s in used}
    kernels = {k.stmt for k in env.kernels}
    pending = list(env.statements)
    while pending:
        at = pending.pop()
        if at in kernels:
            continue
        if isinstance(at, DeclStmt) and (
            not names.isdisjoint(at.constants)
            or any(v.symbol.name in names and v.symbol not in used for v in at.variables)
        ):
            raise IllegalEnvironment
        pending.extend(at.children)
