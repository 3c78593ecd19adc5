# SPDX-License-Identifier: Apache-2.0
"""Builds the polyhedral view of a loop nest from the IR.

Loops get iterators and constraints, statements get places and conditions, accesses get
subscripts. What cannot be described exactly is described too widely (a may-access, an unknown
subscript) or becomes a blocker of the loops around it; nothing is left out.
"""

from __future__ import annotations

from s2s.analysis.addresses import Subscripts
from s2s.analysis.facts import Facts, effects_of
from s2s.analysis.loop_bounds import BoundsReader
from s2s.analysis.loop_header import (
    always_continues,
    bound_variables,
    breaks,
    comparison,
    enclosing_loops,
    initialisation,
    iterator_of,
    reference,
)
from s2s.analysis.nest import Access, Blocker, MemoryObject, Nest, NestLoop, NestStatement
from s2s.analysis.reductions import ReductionUpdate, recognise, recognise_if
from s2s.analysis.statement_reader import StatementReader
from s2s.analysis.values import NotAffine
from s2s.ir.program import (
    Assign,
    Binary,
    Break,
    Compound,
    Continue,
    DeclStmt,
    Expr,
    ExprStmt,
    For,
    Function,
    Goto,
    If,
    Index,
    Label,
    Member,
    Null,
    OpaqueStmt,
    Ref,
    Return,
    Stmt,
    Switch,
    Variable,
    While,
    walk_statements,
)
from s2s.ir.types import Symbol, SymbolKind
from s2s.source import Span


def build_nest(
    function: Function, root: Stmt, facts: Facts, fixed: frozenset[Symbol] = frozenset()
) -> Nest:
    """Return the nest below ``root`` (a loop, or any statement).

    Pointers in ``fixed`` are taken as unchanging although the nest assigns them; that is right
    for sets of pointers that only exchange their values, seen as a whole.
    """
    builder = _Builder(function, root, facts, fixed)
    if any(isinstance(s, (Return, Goto)) for s in walk_statements(root)):
        builder.forget()
    builder.describe_surroundings()
    builder.describe_lengths()
    builder.visit(root)
    return builder.nest


class _Builder(StatementReader):
    """Walks the statements once, in program order."""

    def __init__(
        self, function: Function, root: Stmt, facts: Facts, fixed: frozenset[Symbol]
    ) -> None:
        super().__init__(function, root, facts, fixed)
        self._bounds = BoundsReader(self._values)
        self._continuing: dict[Stmt, bool] = {}

    def describe_surroundings(self) -> None:
        """Constrain the iterators of the loops around the root, which are parameters here."""
        nest, values = self.nest, self._values
        for stmt in enclosing_loops(nest.function.body, nest.root):
            try:
                symbol, initial = initialisation(stmt)
                step = self._bounds.constant_step(stmt, symbol)
                op, bound = comparison(stmt, symbol)
                if not symbol.type.is_integer or op == "!=":
                    continue
                body = effects_of(stmt.body, self._facts)
                names = {symbol} | bound_variables(bound) | bound_variables(initial)
                if any(body.writes(n) for n in names) or body.unknown_calls:
                    continue
                if any(isinstance(e, (Index, Member)) for e in (initial, bound)):
                    continue
                iterator = values.value(reference(stmt, symbol))
                low, high = values.value(initial), values.value(bound)
            except NotAffine:
                continue
            texts = [p.to_isl(frozenset()) for p in (iterator, low, high)]
            first, last = (">=", op) if step > 0 else ("<=", op)
            nest.context.append(f"{texts[0]} {first} {texts[1]} and {texts[0]} {last} {texts[2]}")
            nest.sizes -= iterator.atoms

    def describe_lengths(self) -> None:
        """Note that arrays of variable length around the root have elements (C11 6.7.6.2p5)."""
        function, nest = self.nest.function, self.nest
        for block in walk_statements(function.body):
            if not isinstance(block, Compound) or not block.span.contains(nest.root.span):
                continue
            for stmt in block.body:
                if not isinstance(stmt, DeclStmt) or stmt.span.end > nest.root.span.begin:
                    continue
                for bound in (b for v in stmt.variables for b in v.shape if b is not None):
                    self._at_least_one(bound)

    def _at_least_one(self, bound: Expr) -> None:
        """Note that a size which the function never changes is positive."""
        if isinstance(bound, Ref) and bound.type.is_integer:
            symbol = bound.symbol
            local = symbol.kind is SymbolKind.PARAMETER
            fixed = self._facts.assignment_count(self.nest.function, symbol) == 0
            if local and fixed and not self._facts.aliases.address_taken(symbol):
                value = self._values.try_value(bound)
                if value is not None:
                    self.nest.context.append(f"{value.to_isl(frozenset())} >= 1")

    # -- statements ------------------------------------------------------------------------------

    def visit(self, stmt: Stmt) -> None:
        """Add a statement and everything below it."""
        match stmt:
            case Compound(body=body):
                self._block(body)
            case DeclStmt(variables=variables):
                for variable in variables:
                    self._declare(stmt, variable)
            case ExprStmt(expression=expression):
                self._expression_statement(stmt, expression)
            case If():
                self._if(stmt)
            case For():
                self._for(stmt)
            case While():
                self._while(stmt)
            case Null():
                pass
            case Label(is_case=True, statement=inner):
                self.visit(inner)
            case Break():
                self._break(stmt)
            case Continue():
                self._forget_rest()
            case Switch():
                self._switch(stmt)
            case Return(value=value):
                if value is not None:
                    self._new_statement(stmt, stmt.span)
                    self._read(value)
                if self._site is None:
                    self._block_loops("S2S105", "the loop is left by 'return'", stmt.span)
            case Goto() | Label():
                self._block_loops("S2S105", "the nest contains a jump to a label", stmt.span)
                for child in stmt.children:
                    self.visit(child)
            case OpaqueStmt(what=what):
                self._block_loops("S2S111", f"{what} is not modelled", stmt.span)
                for child in stmt.children:
                    self.visit(child)
            case _:
                self._block_loops("S2S111", "a statement that is not modelled", stmt.span)

    def _block(self, body: tuple[Stmt, ...]) -> None:
        depth = len(self._values.condition_ids)
        for stmt in body:
            self.visit(stmt)
            if isinstance(stmt, If) and stmt.otherwise is None and always_continues(stmt.then):
                self._push(self._values.condition(stmt.condition, negated=True))
        self._pop_to(depth)

    def _declare(self, stmt: DeclStmt, variable: Variable) -> None:
        symbol = variable.symbol
        for loop in self._loops:
            loop.local_symbols.add(symbol)
        self._refuse_volatile(symbol, symbol.span)
        if symbol.kind is SymbolKind.STATIC_LOCAL:
            self._block_loops(
                "S2S106", f"the static variable '{symbol.name}' keeps its value", symbol.span
            )
        if variable.initializer is None:
            for bound in variable.shape:
                if bound is not None:
                    self._new_statement(stmt, symbol.span)
                    self._read(bound)
            return
        self._new_statement(stmt, symbol.span)
        self._read(variable.initializer)
        if symbol.type.is_pointer:
            self._addresses.learn(symbol, variable.initializer)
        self._values.learn(symbol, variable.initializer)
        whole = symbol.type.is_aggregate
        self._note(
            Access(
                MemoryObject(symbol), None if whole else (), True, "", not whole, symbol.span,
                symbol.type.scalar_element,
            )
        )  # fmt: skip

    def _expression_statement(self, stmt: ExprStmt, expression: Expr) -> None:
        if isinstance(expression, Binary) and expression.op == ",":
            self._comma(stmt, expression)
            return
        statement = self._new_statement(stmt, stmt.span)
        update = recognise(expression) if self._site is None else None
        if update is not None:
            self._read_others(update)
            self._update(statement, update)
            return
        self._read(expression)
        if isinstance(expression, Assign) and not expression.op:
            self._learn(expression)

    def _comma(self, stmt: ExprStmt, expression: Binary) -> None:
        for side in (expression.left, expression.right):
            if isinstance(side, Binary) and side.op == ",":
                self._comma(stmt, side)
            else:
                self._new_statement(stmt, side.span)
                self._read(side)
                if isinstance(side, Assign) and not side.op:
                    self._learn(side)

    def _learn(self, assignment: Assign) -> None:
        target = assignment.target
        if isinstance(target, Ref):
            if target.symbol.type.is_pointer:
                self._addresses.learn(target.symbol, assignment.value)
            else:
                self._values.learn(target.symbol, assignment.value)

    def _update(self, statement: NestStatement, update: ReductionUpdate) -> None:
        statement.operations += 1
        self._subscript_reads(update.target)
        self._access(update.target, is_write=False, reduction=update.operator)
        self._access(update.target, is_write=True, reduction=update.operator)

    def _read_others(self, update: ReductionUpdate) -> None:
        for other in update.others:
            self._read(other)

    def _if(self, stmt: If) -> None:
        update = recognise_if(stmt) if self._site is None else None
        if update is not None:
            statement = self._new_statement(stmt, stmt.span)
            self._read_others(update)  # the condition reads the value in any case
            self._guards.append(None)
            self._update(statement, update)
            self._guards.pop()
            return
        if self._site is None:
            self._note_extremum(stmt)
        self._new_statement(stmt, stmt.condition.span)
        self._read(stmt.condition)
        depth, begin = len(self._values.condition_ids), len(self.nest.statements)
        condition = self._values.condition(stmt.condition)
        self._push(condition)
        self.visit(stmt.then)
        self._pop_to(depth)
        middle = len(self.nest.statements)
        if stmt.otherwise is not None:
            self._push(self._values.condition(stmt.condition, negated=True))
            self.visit(stmt.otherwise)
            self._pop_to(depth)
            if condition is None:
                self._do_in_both(stmt, begin, middle)
        if self._continues_inside(stmt.then) and not always_continues(stmt.then):
            self._forget_rest()

    def _do_in_both(self, stmt: If, begin: int, middle: int) -> None:
        """Note what both branches read, or both write, as something that happens in any case."""
        statements = self.nest.statements
        then, otherwise = statements[begin:middle], statements[middle:]
        written = {a.target for s in statements[begin:] for a in s.accesses if a.is_write}
        for is_write in (False, True):
            mine, theirs = self._sure(then, is_write), self._sure(otherwise, is_write)
            for key in mine:
                if key not in theirs or (not is_write and key[0] in written):
                    continue
                if len(statements) == middle + len(otherwise):
                    self._new_statement(stmt, stmt.span)
                self._note(mine[key])

    def _sure(
        self, branch: list[NestStatement], is_write: bool
    ) -> dict[tuple[MemoryObject, Subscripts], Access]:
        """Return what a branch that is being left surely reads, or writes."""
        texts, loops = self._values.condition_texts, tuple(self._loops)
        conditions, doubts = tuple(c for c in texts if c is not None), texts.count(None) + 1
        return {
            (access.target, access.subscripts): access
            for statement in branch
            if (statement.loops, statement.conditions, statement.doubts)
            == (loops, conditions, doubts)
            for access in statement.accesses
            if access.is_write is is_write and access.must and not access.guards
            and not access.reduction and access.subscripts is not None
        }  # fmt: skip

    def _continues_inside(self, stmt: Stmt) -> bool:
        """Whether a continue that belongs to the enclosing loop is inside."""
        known = self._continuing.get(stmt)
        if known is None:
            known = isinstance(stmt, Continue) or (
                not isinstance(stmt, (For, While))
                and any(self._continues_inside(child) for child in stmt.children)
            )
            self._continuing[stmt] = known
        return known

    def _forget_rest(self) -> None:
        """What follows in this loop body may be skipped: make it a may-execute region."""
        if self._values.condition_texts and self._values.condition_texts[-1] is None:
            return
        self._push(None)

    def _break(self, stmt: Stmt) -> None:
        loop = self._breakable[-1] if self._breakable else None
        if loop is None:
            return
        loop.blockers.append(
            Blocker("S2S104", "the loop may be left early by 'break'", stmt.span,
                    "iterations after the one that breaks must not run")
        )  # fmt: skip
        self._forget_rest()

    def _switch(self, stmt: Switch) -> None:
        self._new_statement(stmt, stmt.condition.span)
        self._read(stmt.condition)
        depth = len(self._values.condition_ids)
        self._push(None)
        self._breakable.append(None)
        self.visit(stmt.body)
        self._breakable.pop()
        self._pop_to(depth)

    # -- loops -----------------------------------------------------------------------------------

    def _while(self, stmt: While) -> None:
        loop = self._enter(stmt)
        kind = "do … while" if stmt.is_do else "while"
        loop.blockers.append(
            Blocker("S2S113", f"the number of iterations of a '{kind}' loop is not known before "
                    "it runs", Span(stmt.span.begin, stmt.span.begin + 2))
        )  # fmt: skip
        self._breakable.append(loop)
        if not stmt.is_do:
            self._new_statement(stmt, stmt.condition.span)
            self._read(stmt.condition)
        depth = len(self._values.condition_ids)
        self.visit(stmt.body)
        self._pop_to(depth)
        if stmt.is_do:
            self._new_statement(stmt, stmt.condition.span)
            self._read(stmt.condition)
        self._leave()

    def _enter(self, stmt: Stmt) -> NestLoop:
        parent = self._loops[-1] if self._loops else None
        loop = NestLoop(stmt, f"i{len(self.nest.loops)}", len(self._loops), parent)
        loop.in_callee = self._site is not None
        self.nest.loops.append(loop)
        self._loops.append(loop)
        self._positions.append(0)
        return loop

    def _leave(self) -> None:
        self._breakable.pop()
        self._loops.pop()
        self._positions.pop()
        self._positions[-1] += 1

    def _for(self, stmt: For) -> None:
        if stmt.init is not None:
            self._for_init(stmt.init)
        for part in (stmt.condition,):
            if part is not None:
                self._new_statement(stmt, part.span)
                self._read_header(part, stmt)
        loop = self._enter(stmt)
        self._breakable.append(loop)
        try:
            self._bounds.describe(stmt, loop)
        except NotAffine as reason:
            loop.domain = ""
            if loop.symbol is None or loop.lower is None:
                loop.blockers.append(
                    Blocker("S2S103", f"the loop is not in canonical form: {reason}", stmt.header)
                )
        if loop.symbol is None:
            self._unstructured_header(stmt)
        if stmt.whole_macro:
            loop.blockers.append(
                Blocker("S2S102", "the whole loop is made by a macro", stmt.header,
                        "a directive cannot be placed inside a macro expansion")
            )  # fmt: skip
        depth = len(self._values.condition_ids)
        if breaks(stmt.body):
            self.forget()
        self.visit(stmt.body)
        self._pop_to(depth)
        self._leave()
        if loop.symbol is not None and not loop.declares_iterator:
            self._iterator_write(stmt, loop.symbol)

    def _for_init(self, init: Stmt) -> None:
        if isinstance(init, DeclStmt):
            for variable in init.variables:
                if variable.initializer is not None:
                    self._new_statement(init, init.span)
                    self._read(variable.initializer)
        else:
            self.visit(init)

    def _read_header(self, condition: Expr, stmt: For) -> None:
        """Read the bound; the iterator itself is read by the loop, not by a statement."""
        iterator = iterator_of(stmt)
        for part in condition.operands:
            if not (isinstance(part, Ref) and part.symbol is iterator):
                self._read(part)

    def _iterator_write(self, stmt: For, symbol: Symbol) -> None:
        self._new_statement(None, stmt.header)
        self._note(Access(MemoryObject(symbol), (), True, "", True, stmt.header, symbol.type))

    def _unstructured_header(self, stmt: For) -> None:
        """Account for the header of a loop that has no recognised iterator."""
        if stmt.increment is not None:
            self._new_statement(stmt, stmt.increment.span).in_sequence = False
            self._read(stmt.increment)
