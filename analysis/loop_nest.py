# SPDX-License-Identifier: Apache-2.0
"""Builds the polyhedral view of a loop nest from the IR.

Loops get iterators and constraints, statements get places and conditions, accesses get
subscripts. What cannot be described exactly is described too widely (a may-access, an unknown
subscript) or becomes a blocker of the loops around it; nothing is left out.
"""

from __future__ import annotations

from s2s.analysis.addresses import AddressReader, UnknownAddress
from s2s.analysis.facts import Facts, base_variable, effects_of
from s2s.analysis.nest import Access, Blocker, MemoryObject, Nest, NestLoop, NestStatement
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.reductions import ReductionUpdate, recognise, recognise_if
from s2s.analysis.values import NotAffine, ValueReader
from s2s.ir.program import (
    Assign,
    Binary,
    Break,
    Call,
    Cast,
    Compound,
    Conditional,
    Continue,
    DeclStmt,
    Expr,
    ExprStmt,
    For,
    Function,
    Goto,
    If,
    Index,
    IntLiteral,
    Label,
    Member,
    Null,
    OpaqueExpr,
    OpaqueStmt,
    Ref,
    Return,
    Stmt,
    StringLiteral,
    Switch,
    Unary,
    Variable,
    While,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import CType, Symbol, SymbolKind, TypeKind
from s2s.source import Span

_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!="}
_COSTS = {"/": 8.0, "%": 8.0}
_CALL_COST = 20.0


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
    builder.visit(root)
    builder.describe_surroundings()
    return builder.nest


class _Builder:
    """Walks the statements once, in program order."""

    def __init__(
        self, function: Function, root: Stmt, facts: Facts, fixed: frozenset[Symbol]
    ) -> None:
        self.nest = Nest(function, root)
        self._facts = facts
        self._effects = effects_of(root, facts)
        for pointer in fixed:
            self._effects.assignments.pop(pointer, None)
        self._values = ValueReader(self.nest, self._effects, facts)
        self._addresses = AddressReader(self._values)
        self._positions = [0]
        self._breakable: list[NestLoop | None] = []
        self._condition_count = 0
        self._guards: list[str | None] = []

    @property
    def _loops(self) -> list[NestLoop]:
        return self._values.loops

    def describe_surroundings(self) -> None:
        """Constrain the iterators of the loops around the root, which are parameters here."""
        nest, values = self.nest, self._values
        for stmt in _enclosing_loops(nest.function.body, nest.root):
            try:
                symbol, initial = _initialisation(stmt)
                step = self._step(stmt, symbol)
                op, bound = _comparison(stmt, symbol)
                if not symbol.type.is_integer or op == "!=":
                    continue
                body = effects_of(stmt.body, self._facts)
                names = {symbol} | _bound_variables(bound) | _bound_variables(initial)
                if any(body.writes(n) for n in names) or body.unknown_calls:
                    continue
                if any(isinstance(e, (Index, Member)) for e in (initial, bound)):
                    continue
                iterator = values.value(_reference(stmt, symbol))
                low, high = values.value(initial), values.value(bound)
            except NotAffine:
                continue
            texts = [p.to_isl(frozenset()) for p in (iterator, low, high)]
            first, last = (">=", op) if step > 0 else ("<=", op)
            nest.context.append(f"{texts[0]} {first} {texts[1]} and {texts[0]} {last} {texts[2]}")
            nest.sizes -= iterator.atoms

    def forget(self) -> None:
        """From here on statements may or may not run."""
        self._push(None)

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
            if isinstance(stmt, If) and stmt.otherwise is None and _always_continues(stmt.then):
                self._push(self._values.condition(stmt.condition, negated=True))
        self._pop_to(depth)

    def _push(self, condition: str | None) -> None:
        self._condition_count += 1
        self._values.condition_ids.append(self._condition_count)
        self._values.condition_texts.append(condition)

    def _pop_to(self, depth: int) -> None:
        del self._values.condition_ids[depth:]
        del self._values.condition_texts[depth:]

    def _new_statement(self, node: Stmt | None, span: Span) -> NestStatement:
        texts = self._values.condition_texts
        statement = NestStatement(
            len(self.nest.statements),
            node,
            span,
            tuple(self._loops),
            tuple(self._positions),
            tuple(c for c in texts if c is not None),
            None not in texts and all(loop.is_exact for loop in self._loops),
        )
        self.nest.statements.append(statement)
        self._positions[-1] += 1
        return statement

    def _block_loops(self, code: str, message: str, span: Span, help_: str = "") -> None:
        blocker = Blocker(code, message, span, help_)
        if code in ("S2S110", "S2S111"):
            self.nest.unresolved.append(blocker)
        for loop in self._loops:
            loop.blockers.append(blocker)

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
        statement = self._new_statement(stmt, symbol.span)
        self._read(variable.initializer)
        if symbol.type.is_pointer:
            self._addresses.learn(symbol, variable.initializer)
        self._values.learn(symbol, variable.initializer)
        whole = symbol.type.is_array or symbol.type.kind is TypeKind.STRUCT
        statement.accesses.append(
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
        update = recognise(expression)
        if update is not None:
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
        for other in update.others:
            self._read(other)
        self._subscript_reads(update.target)
        self._access(update.target, is_write=False, reduction=update.operator)
        self._access(update.target, is_write=True, reduction=update.operator)

    def _if(self, stmt: If) -> None:
        update = recognise_if(stmt)
        if update is not None:
            statement = self._new_statement(stmt, stmt.span)
            self._guards.append(None)
            self._update(statement, update)
            self._guards.pop()
            return
        self._new_statement(stmt, stmt.condition.span)
        self._read(stmt.condition)
        depth = len(self._values.condition_ids)
        self._push(self._values.condition(stmt.condition))
        self.visit(stmt.then)
        self._pop_to(depth)
        if stmt.otherwise is not None:
            self._push(self._values.condition(stmt.condition, negated=True))
            self.visit(stmt.otherwise)
            self._pop_to(depth)
        if _contains_loop_control(stmt.then) and not _always_continues(stmt.then):
            self._forget_rest()

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
            self._describe(stmt, loop)
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
        if _breaks(stmt.body):
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
        iterator = _iterator_of(stmt)
        for part in condition.operands:
            if not (isinstance(part, Ref) and part.symbol is iterator):
                self._read(part)

    def _iterator_write(self, stmt: For, symbol: Symbol) -> None:
        statement = self._new_statement(None, stmt.header)
        statement.accesses.append(
            Access(MemoryObject(symbol), (), True, "", True, stmt.header, symbol.type)
        )

    def _unstructured_header(self, stmt: For) -> None:
        """Account for the header of a loop that has no recognised iterator."""
        if stmt.increment is not None:
            self._new_statement(stmt, stmt.increment.span)
            self._read(stmt.increment)

    def _describe(self, stmt: For, loop: NestLoop) -> None:
        """Fill iterator, bounds and step.

        Raises:
            NotAffine: the loop is not canonical or a bound is not affine.
        """
        symbol, initial = _initialisation(stmt)
        if not symbol.type.is_integer:
            raise NotAffine(f"'{symbol.name}' is not an integer")
        step = self._step(stmt, symbol)
        op, bound = _comparison(stmt, symbol)
        if (op in ("<", "<=") and step < 0) or (op in (">", ">=") and step > 0):
            raise NotAffine("the condition and the increment point in different directions")
        if op == "!=" and abs(step) != 1:
            raise NotAffine("'!=' with a step other than 1 may run past the bound")
        body = effects_of(stmt.body, self._facts)
        if body.writes(symbol):
            raise NotAffine(f"'{symbol.name}' is changed in the loop body")
        for name in _bound_variables(bound):
            if body.writes(name):
                raise NotAffine(f"the bound '{name.name}' is changed in the loop body")
        loop.symbol = symbol
        loop.declares_iterator = isinstance(stmt.init, DeclStmt)
        if loop.declares_iterator:
            for outer in self._loops[:-1]:
                outer.local_symbols.add(symbol)
        loop.step = step
        self._loops.pop()
        try:
            lower = self._values.value(initial)
            upper = self._values.value(bound)
        finally:
            self._loops.append(loop)
        strict = op in ("<", ">", "!=")
        one = Polynomial.constant_of(1 if step > 0 else -1)
        loop.lower, loop.upper = lower, upper - one if strict else upper
        loop.domain = self._domain(loop)

    def _domain(self, loop: NestLoop) -> str:
        assert loop.lower is not None and loop.upper is not None
        iterators = frozenset(x.atom for x in self._loops)
        try:
            low, high = loop.lower.to_isl(iterators), loop.upper.to_isl(iterators)
        except ValueError as error:
            raise NotAffine("a bound is a product of a loop variable") from error
        first, last = (">=", "<=") if loop.step > 0 else ("<=", ">=")
        text = f"{loop.atom} {first} {low} and {loop.atom} {last} {high}"
        if abs(loop.step) != 1:
            text += f" and exists (q{loop.atom}: {loop.atom} = {low} + {loop.step}*q{loop.atom})"
        return text

    def _step(self, stmt: For, symbol: Symbol) -> int:
        match stmt.increment:
            case Unary(op=op, operand=Ref(symbol=target)) if target is symbol:
                if op.endswith("++"):
                    return 1
                if op.endswith("--"):
                    return -1
            case Assign(op="+" | "-" as op, target=Ref(symbol=target), value=value) if (
                target is symbol
            ):
                return self._constant_step(value, 1 if op == "+" else -1)
            case Assign(op="", target=Ref(symbol=target), value=Binary() as value) if (
                target is symbol and value.op in ("+", "-")
            ):
                if isinstance(value.left, Ref) and value.left.symbol is symbol:
                    return self._constant_step(value.right, 1 if value.op == "+" else -1)
                right = value.right
                if value.op == "+" and isinstance(right, Ref) and right.symbol is symbol:
                    return self._constant_step(value.left, 1)
            case _:
                pass
        raise NotAffine("the increment is not 'var += constant'")

    def _constant_step(self, value: Expr, sign: int) -> int:
        step = self._values.value(value)
        known = step
        for atom in step.atoms:
            parameter = self.nest.parameters.get(atom)
            if parameter is not None and parameter.value is not None:
                known = known.substitute({atom: Polynomial.constant_of(parameter.value)})
        if not known.is_constant or known.constant == 0:
            raise NotAffine("the step is not a constant")
        return sign * known.constant

    # -- expressions -----------------------------------------------------------------------------

    def _read(self, expression: Expr) -> None:
        """Add the accesses of evaluating an expression to the current statement."""
        statement = self.nest.statements[-1]
        match expression:
            case Ref(symbol=symbol):
                self._read_variable(expression, symbol)
            case Index() | Member() | Unary(op="*"):
                self._subscript_reads(expression)
                if not expression.type.is_array:
                    self._access(expression, is_write=False)
            case Assign():
                self._assign(expression)
            case Unary(operand=operand) if expression.is_step:
                self._subscript_reads(operand)
                self._access(operand, is_write=False)
                self._access(operand, is_write=True)
            case Unary(op="&", operand=operand):
                self._subscript_reads(operand)
                self._address_taken(operand)
            case Call():
                self._call(expression)
            case Binary(op="&&" | "||" as op, left=left, right=right):
                self._read(left)
                self._guarded_read(right, left, negated=op == "||")
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                self._read(condition)
                self._guarded_read(then, condition, negated=False)
                self._guarded_read(otherwise, condition, negated=True)
                statement.operations += 1
            case OpaqueExpr(what=what):
                self._block_loops("S2S111", f"{what} is not modelled", expression.span)
                for part in expression.operands:
                    self._read(part)
            case StringLiteral():
                pass
            case Binary(op=op):
                statement.operations += _COSTS.get(op, 1.0)
                for operand in expression.operands:
                    self._read(operand)
            case _:
                for operand in expression.operands:
                    self._read(operand)

    def _guarded_read(self, expression: Expr, condition: Expr, *, negated: bool) -> None:
        """Read an expression that is evaluated only if a condition holds."""
        self._guards.append(self._values.condition(condition, negated=negated))
        self._read(expression)
        self._guards.pop()

    def _read_variable(self, expression: Expr, symbol: Symbol) -> None:
        if symbol.kind is SymbolKind.FUNCTION:
            return
        self._refuse_volatile(symbol, expression.span)
        if symbol.type.is_array or any(loop.symbol is symbol for loop in self._loops):
            return
        if symbol.type.kind in (TypeKind.STRUCT, TypeKind.UNION):
            self._access(expression, is_write=False, whole=True)
        elif self._effects.writes(symbol):
            if symbol.type.is_pointer and symbol in self._addresses._known:
                return
            self._access(expression, is_write=False)

    def _refuse_volatile(self, symbol: Symbol, span: Span) -> None:
        if symbol.type.any_volatile:
            self._block_loops("S2S109", f"'{symbol.name}' is volatile", span)

    def _subscript_reads(self, lvalue: Expr) -> None:
        """Read what is evaluated to find an lvalue's address."""
        match lvalue:
            case Index(base=base, index=index):
                self._base_reads(base)
                self._read(index)
            case Member(base=base, arrow=arrow):
                self._base_reads(base) if arrow else self._subscript_reads(base)
            case Unary(op="*", operand=operand):
                self._base_reads(operand)
            case Ref() as ref:
                self._refuse_volatile(ref.symbol, ref.span)
            case _:
                pass

    def _base_reads(self, base: Expr) -> None:
        """Read a pointer or array base; loads of pointers from memory are reads themselves."""
        match base:
            case Ref(symbol=symbol):
                self._read_variable(base, symbol)
            case Index() | Member() if base.type.is_pointer:
                self._subscript_reads(base)
                self._access(base, is_write=False)
            case Index() | Member() | Unary(op="*"):
                self._subscript_reads(base)
            case _:
                self._read(base)

    def _assign(self, expression: Assign) -> None:
        self._read(expression.value)
        self._subscript_reads(expression.target)
        if expression.op:
            self.nest.statements[-1].operations += _COSTS.get(expression.op, 1.0)
            self._access(expression.target, is_write=False)
        if expression.target.type.kind in (TypeKind.STRUCT, TypeKind.UNION):
            self._access(expression.target, is_write=True, whole=True)
        else:
            self._access(expression.target, is_write=True)

    def _address_taken(self, operand: Expr) -> None:
        root = base_variable(operand)
        if root is not None and isinstance(operand, Ref) and not root.type.is_array:
            self._block_loops("S2S110", f"the address of '{root.name}' is taken", operand.span)

    def _access(
        self, lvalue: Expr, *, is_write: bool, reduction: str = "", whole: bool = False
    ) -> None:
        statement = self.nest.statements[-1]
        if isinstance(lvalue, Member) and lvalue.bit_field:
            self._block_loops("S2S111", "a bit-field is not modelled", lvalue.span)
        if lvalue.type.any_volatile:
            self._block_loops("S2S109", "a volatile object is accessed", lvalue.span)
        try:
            target, subscripts = self._addresses.lvalue(lvalue)
        except UnknownAddress as reason:
            self._block_loops("S2S110", str(reason), lvalue.span)
            return
        if any(loop.symbol is target.symbol for loop in self._loops) and not target.path:
            return
        certain = None not in self._guards
        exact = subscripts is not None and None not in subscripts and not whole and certain
        statement.accesses.append(
            Access(
                target,
                None if whole and subscripts != () else subscripts,
                is_write,
                reduction,
                exact,
                lvalue.span,
                lvalue.type,
                lvalue,
                tuple(g for g in self._guards if g is not None),
                certain,
            )
        )

    def _call(self, call: Call) -> None:
        statement = self.nest.statements[-1]
        statement.operations += _CALL_COST
        summary = self._facts.summaries.of_call(call)
        name = call.name or "a function pointer"
        if summary.exits or summary.io or summary.unknown:
            code = "S2S107" if summary.io else "S2S106"
            self._block_loops(
                code,
                f"the call of '{name}' cannot be run in parallel: {summary.problem}",
                call.span,
                "move it out of the loop, or define the function in this file",
            )
        for position, argument in enumerate(call.arguments):
            if position in summary.reads or position in summary.writes:
                self._pointer_argument(argument, position in summary.writes, summary.reads)
            elif not (isinstance(argument, Unary) and argument.op == "&"):
                self._read(argument)
        for symbol in summary.global_reads | summary.global_writes:
            self._global_effect(symbol, call, symbol in summary.global_writes)

    def _pointer_argument(self, argument: Expr, written: bool, reads: frozenset[int]) -> None:
        """A callee reads or writes some part of what an argument points to."""
        statement = self.nest.statements[-1]
        while isinstance(argument, Cast):
            argument = argument.operand
        if isinstance(argument, (StringLiteral, IntLiteral)):
            return
        try:
            target, known = self._addresses.pointer(argument)
        except UnknownAddress as reason:
            self._block_loops("S2S110", str(reason), argument.span)
            return
        self._subscript_reads(argument.operand if isinstance(argument, Unary) else argument)
        element = argument.type.scalar_element
        scalar = not target.path and target.symbol.type.is_scalar
        subscripts: tuple[Polynomial | None, ...] | None = () if scalar else None
        if argument.type.is_array and isinstance(argument, Index) and known is not None:
            # the row of a declared array: the callee stays inside it (C11 6.5.6p8)
            subscripts = (*known[:-1], None)
        statement.accesses.append(
            Access(target, subscripts, False, "", False, argument.span, element)
        )
        if written:
            statement.accesses.append(
                Access(target, subscripts, True, "", False, argument.span, element)
            )

    def _global_effect(self, symbol: Symbol, call: Call, written: bool) -> None:
        if symbol.type.const or (symbol.type.is_array and symbol.type.scalar_element.const):
            return
        statement = self.nest.statements[-1]
        path = ("*",) if symbol.type.is_pointer else ()
        subscripts = () if symbol.type.is_scalar else None
        target = MemoryObject(symbol, path)
        element: CType = symbol.type.scalar_element
        statement.accesses.append(Access(target, subscripts, False, "", False, call.span, element))
        if written:
            statement.accesses.append(
                Access(target, subscripts, True, "", False, call.span, element)
            )


def _enclosing_loops(body: Stmt, root: Stmt) -> list[For]:
    """Return the ``for`` loops around a statement, outermost first."""
    out: list[For] = []
    at: Stmt | None = body
    while at is not None and at is not root:
        inside = [c for c in at.children if c is root or c.span.contains(root.span)]
        at = inside[-1] if inside else None
        if isinstance(at, For) and at is not root:
            out.append(at)
    return out


def _reference(stmt: For, symbol: Symbol) -> Expr:
    """Return a use of the loop variable in the loop's condition."""
    for part in walk_expression(stmt.condition) if stmt.condition is not None else ():
        if isinstance(part, Ref) and part.symbol is symbol:
            return part
    raise NotAffine("the condition does not mention the loop variable")


def _iterator_of(stmt: For) -> Symbol | None:
    try:
        return _initialisation(stmt)[0]
    except NotAffine:
        return None


def _initialisation(stmt: For) -> tuple[Symbol, Expr]:
    match stmt.init:
        case DeclStmt(variables=(variable,)) if variable.initializer is not None:
            return variable.symbol, variable.initializer
        case ExprStmt(expression=Assign(op="", target=Ref(symbol=symbol), value=value)):
            return symbol, value
        case None:
            raise NotAffine("the loop variable is not initialised in the header")
        case _:
            raise NotAffine("the header initialises more than one variable")


def _comparison(stmt: For, symbol: Symbol) -> tuple[str, Expr]:
    match stmt.condition:
        case Binary(op=op, left=Ref(symbol=left), right=right) if left is symbol and op in _FLIP:
            return op, right
        case Binary(op=op, left=left_, right=Ref(symbol=right_)) if (
            right_ is symbol and op in _FLIP
        ):
            return _FLIP[op], left_
        case _:
            raise NotAffine(f"the condition does not compare '{symbol.name}' with a bound")


def _bound_variables(bound: Expr) -> set[Symbol]:
    return {e.symbol for e in walk_expression(bound) if isinstance(e, Ref)}


def _always_continues(stmt: Stmt) -> bool:
    while isinstance(stmt, Compound) and stmt.body:
        stmt = stmt.body[-1]
    return isinstance(stmt, Continue)


def _contains_loop_control(stmt: Stmt) -> bool:
    """Whether a continue that belongs to the enclosing loop is inside."""
    pending = [stmt]
    while pending:
        at = pending.pop()
        if isinstance(at, Continue):
            return True
        if not isinstance(at, (For, While)):
            pending.extend(at.children)
    return False


def _breaks(stmt: Stmt) -> bool:
    """Whether a break that belongs to the enclosing loop is inside."""
    pending = [stmt]
    while pending:
        at = pending.pop()
        if isinstance(at, Break):
            return True
        if not isinstance(at, (For, While, Switch)):
            pending.extend(at.children)
    return False


def loops_in(stmt: Stmt) -> list[Stmt]:
    """Return all loops in a statement, in source order."""
    return [s for s in walk_statements(stmt) if isinstance(s, (For, While))]


__all__ = ["build_nest", "loops_in"]
