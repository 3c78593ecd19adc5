# SPDX-License-Identifier: Apache-2.0
"""Integer expressions as polynomials over iterators and parameters; conditions as isl text.

Safe because: a variable becomes a parameter only when nothing in the nest writes it; unsigned
values keep C's meaning (a subtraction that could wrap makes a condition unknown); conversions to
narrower types are not looked through.
"""

from __future__ import annotations

from s2s.analysis.c_text import c_text
from s2s.analysis.facts import Effects, Facts, base_variable
from s2s.analysis.isl_bridge import domain_is_empty
from s2s.analysis.nest import MemoryObject, Nest, NestLoop, Parameter, Quotient
from s2s.analysis.polynomial import Polynomial
from s2s.ir.program import (
    Binary,
    Call,
    Cast,
    Conditional,
    Expr,
    FloatLiteral,
    Index,
    IntLiteral,
    Member,
    Ref,
    Unary,
    walk_expression,
)
from s2s.ir.types import CType, Symbol

_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


class NotAffine(Exception):
    """An expression has no polynomial value; the message says why, for people."""


class ValueReader:
    """Reads integer expressions in the context of a nest."""

    def __init__(self, nest: Nest, effects: Effects, facts: Facts) -> None:
        self.nest = nest
        self.effects = effects
        self.facts = facts
        self.loops: list[NestLoop] = []
        self.condition_ids: list[int] = []
        self.condition_texts: list[str | None] = []
        self._dividing = False
        self._known: dict[Symbol, tuple[Polynomial, tuple[NestLoop, ...], tuple[int, ...]]] = {}
        self._wrapping: set[Symbol] = set()  # known but for multiples of a power of two
        self._wrapped: set[Symbol] = set()  # those that are signed values, made unsigned
        self._known_texts: dict[Symbol, tuple[str, tuple[NestLoop, ...], tuple[int, ...]]] = {}

    # -- forward substitution --------------------------------------------------------------------

    def learn(self, symbol: Symbol, value: Expr) -> None:
        """Remember the value of a variable that the nest assigns exactly once."""
        if self.effects.assignments.get(symbol, 0) != 1 or not symbol.type.is_integer:
            return
        if symbol.type.size < max(4, value.type.size):
            return
        scope = tuple(self.loops), tuple(self.condition_ids)
        self._wrapping.discard(symbol)
        self._wrapped.discard(symbol)
        try:
            known = self.value(value)
            if not (symbol.type.signed and self._is_exact(value)) and not self.is_nonnegative(
                known
            ):
                self._wrapping.add(symbol)
                if self._is_conversion(symbol.type, value):
                    self._wrapped.add(symbol)
            self._known[symbol] = (known, *scope)
        except NotAffine:
            try:
                self._known_texts[symbol] = (self.quasi_affine(value), *scope)
            except NotAffine:
                return

    def in_scope(self, loops: tuple[NestLoop, ...], conditions: tuple[int, ...]) -> bool:
        """Whether a fact learnt under these loops and conditions still holds here."""
        return (
            tuple(self.loops[: len(loops)]) == loops
            and tuple(self.condition_ids[: len(conditions)]) == conditions
        )

    # -- values ----------------------------------------------------------------------------------

    def value(self, expression: Expr) -> Polynomial:
        """Return the polynomial value of an integer expression.

        Raises:
            NotAffine: with the reason in words.
        """
        match expression:
            case IntLiteral(value=value, macro=macro):
                return self._literal(expression, value, macro)
            case Ref(symbol=symbol):
                return self._variable(expression, symbol)
            case Unary(op="-", operand=operand):
                return -self.value(operand)
            case Unary(op="+", operand=operand):
                return self.value(operand)
            case Cast(operand=operand):
                return self._cast(expression, operand)
            case Binary(op="+", left=left, right=right):
                return self.value(left) + self.value(right)
            case Binary(op="-", left=left, right=right):
                return self.value(left) - self.value(right)
            case Binary(op="*", left=left, right=right):
                return self.value(left) * self.value(right)
            case Binary(op="<<", left=left, right=IntLiteral(value=shift)) if 0 <= shift < 31:
                return self.value(left).scaled(1 << shift)
            case Binary(op="/", left=left, right=right) if self._dividing:
                return self._quotient(expression, left, right)
            case _:
                return self.invariant(expression)

    def subscript(self, expression: Expr) -> Polynomial | None:
        """Return the value of a subscript; it may contain quotients, which isl cannot take."""
        found = self.try_value(expression)
        if found is None:
            self._dividing = True
            found = self.try_value(expression)
            self._dividing = False
        return found

    def _quotient(self, expression: Expr, left: Expr, right: Expr) -> Polynomial:
        try:
            return self.invariant(expression)
        except NotAffine:
            dividend, divisor = self.value(left), self.value(right)
        if not expression.type.signed or not divisor.is_constant or divisor.constant <= 0:
            raise NotAffine(f"'{self._text(expression)}' is not a quotient by a constant")
        quotient = Quotient(dividend, divisor.constant)
        for name, known in self.nest.quotients.items():
            if known == quotient:
                return Polynomial.atom(name)
        name = f"d{len(self.nest.quotients)}"
        self.nest.quotients[name] = quotient
        return Polynomial.atom(name)

    def try_value(self, expression: Expr) -> Polynomial | None:
        """Return the value, or None when it is not a polynomial."""
        try:
            return self.value(expression)
        except NotAffine:
            return None

    def _literal(self, expression: Expr, value: int, macro: str) -> Polynomial:
        ctype = expression.type
        if not ctype.signed and ctype.size == 4 and value >= 1 << 31:
            return Polynomial.constant_of(value - (1 << 32))
        if not macro or macro.startswith("sizeof") or abs(value) <= 1:
            return Polynomial.constant_of(value)
        key = ("macro", macro)
        return self._parameter(key, macro, expression, value, frozenset())

    def _variable(self, expression: Expr, symbol: Symbol) -> Polynomial:
        for loop in reversed(self.loops):
            if loop.symbol is symbol:
                return Polynomial.atom(loop.atom)
        known = self._known.get(symbol)
        if known is not None and self.in_scope(known[1], known[2]):
            return known[0]
        return self.invariant(expression)

    def _cast(self, expression: Expr, operand: Expr) -> Polynomial:
        target, source = expression.type, operand.type
        if not target.is_integer or not source.is_integer:
            return self.invariant(expression)
        if target.size >= max(4, source.size):
            return self.value(operand)
        polynomial = self.try_value(operand)
        if polynomial is not None and polynomial.is_constant:
            return polynomial
        if target.size >= 4 and target.signed:
            value = self.value(operand)
            if all(len(m) <= 1 for m, _ in value.terms) and not value.atoms & set(
                self.nest.quotients
            ):
                return value
        return self.invariant(expression)

    def invariant(self, expression: Expr) -> Polynomial:
        """Return a parameter for an integer expression that the nest does not change."""
        if not expression.type.is_integer:
            raise NotAffine(f"'{self._text(expression)}' is not an integer")
        symbols: set[Symbol] = set()
        for part in walk_expression(expression):
            self._require_invariant(part, symbols)
        try:
            text = c_text(expression)
        except ValueError:
            raise NotAffine(f"'{self._text(expression)}' is not a simple expression") from None
        key = structural_key(expression)
        return self._parameter(key, text, expression, None, frozenset(symbols))

    def _require_invariant(self, part: Expr, symbols: set[Symbol]) -> None:
        match part:
            case Ref(symbol=symbol):
                if self.effects.writes(symbol) or symbol in self.effects.declared:
                    raise NotAffine(f"'{symbol.name}' changes inside the nest")
                if symbol.type.any_volatile:
                    raise NotAffine(f"'{symbol.name}' is volatile")
                if symbol.is_global and self.effects.unknown_calls and not symbol.type.const:
                    raise NotAffine(f"a call may change '{symbol.name}'")
                symbols.add(symbol)
            case Index() | Member() | Unary(op="*"):
                self._require_unwritten(part)
            case IntLiteral() | Cast() | Binary() | Conditional():
                pass
            case Unary(op=op) if op in ("-", "+", "~", "!"):
                pass
            case Call():
                raise NotAffine(f"it contains a call of '{part.name or 'a pointer'}'")
            case _:
                raise NotAffine(f"'{self._text(part)}' is not a simple integer expression")

    def _require_unwritten(self, part: Expr) -> None:
        """Refuse a memory location that a write in the nest could change."""
        root = base_variable(part)
        if root is None or self.effects.unknown_calls:
            raise NotAffine(f"'{self._text(part)}' may change inside the nest")
        mine = MemoryObject(root, ("*",) if root.type.is_pointer else ())
        for other in self.effects.memory:
            theirs = MemoryObject(other, ("*",) if other.type.is_pointer else ())
            types = (part.type, _element(other))
            if other is root or not self.facts.aliases.disjoint(mine, theirs, types):
                raise NotAffine(f"'{self._text(part)}' may change inside the nest")

    def _parameter(
        self,
        key: object,
        text: str,
        expression: Expr,
        value: int | None,
        symbols: frozenset[Symbol],
    ) -> Polynomial:
        name = self.facts.parameters.name(key)
        if name not in self.nest.parameters:
            parameter = Parameter(name, text, expression.type, value, symbols, expression)
            self.nest.parameters[name] = parameter
            self.facts.parameters.register(parameter)
            if value is not None or self._is_size(expression, symbols):
                self.nest.sizes.add(name)
        return Polynomial.atom(name)

    def _is_size(self, expression: Expr, symbols: frozenset[Symbol]) -> bool:
        """Whether a parameter is a variable that the function assigns at most once."""
        if not isinstance(expression, (Ref, Member)) or len(symbols) != 1:
            return False
        symbol = next(iter(symbols))
        return self.facts.assignment_count(self.nest.function, symbol) <= 1

    def _text(self, expression: Expr) -> str:
        return self.facts.source.text(expression.span)

    # -- conditions ------------------------------------------------------------------------------

    def condition(self, expression: Expr, *, negated: bool = False) -> str | None:
        """Return isl text that is true exactly when the condition is; None when unknown."""
        match expression:
            case Unary(op="!", operand=operand):
                return self.condition(operand, negated=not negated)
            case Binary(op="&&" | "||" as op, left=left, right=right):
                first = self.condition(left, negated=negated)
                second = self.condition(right, negated=negated)
                if first is None or second is None:
                    return None
                word = "and" if (op == "&&") != negated else "or"
                return f"(({first}) {word} ({second}))"
            case Binary(op=op, left=left, right=right) if op in _NEGATED:
                return self._comparison(_NEGATED[op] if negated else op, left, right)
            case IntLiteral(value=value, macro=""):
                return "1 = 1" if bool(value) != negated else "1 = 0"
            case _:
                value_ = self.try_value(expression) if expression.type.is_integer else None
                if value_ is None or not self._is_exact(expression):
                    return None
                text = self._isl(value_)
                return None if text is None else f"{text} {'=' if negated else '!='} 0"

    def _comparison(self, op: str, left: Expr, right: Expr) -> str | None:
        if not (left.type.is_integer and right.type.is_integer):
            return None
        first, second = self.try_value(left), self.try_value(right)
        if first is None or second is None:
            return self._quasi_comparison(op, left, right)
        if self._is_wrapped(left) and op in ("<", "<=", ">", ">="):
            return self._range_check(op, left, right)
        for side, value in ((left, first), (right, second)):
            if not self._is_exact(side) and not self.is_nonnegative(value):
                return None
        if mixes_signs(left.type, right.type):
            signed = first if left.type.signed else second
            if not self.is_nonnegative(signed):
                return None
        a, b = self._isl(first), self._isl(second)
        if a is None or b is None:
            return None
        return f"{a} {'=' if op == '==' else op} {b}"

    def _is_wrapped(self, expression: Expr) -> bool:
        """Whether an unsigned value is a signed one that may be negative, and wraps then."""
        match expression:
            case Cast(operand=operand):
                return self._is_conversion(expression.type, operand)
            case Ref(symbol=symbol):
                return symbol in self._wrapped
            case _:
                return False

    def _is_conversion(self, target: CType, value: Expr) -> bool:
        source = value.type
        plain = source.is_integer and source.signed and source.size <= target.size
        return plain and not target.signed and target.size >= 4 and self._is_exact(value)

    def _range_check(self, op: str, left: Expr, right: Expr) -> str | None:
        """``(unsigned)x < n`` is ``0 <= x && x < n``, for what no negative ``x`` wraps to."""
        first, second = self.value(left), self.value(right)
        small = right.type.signed or right.type.size < left.type.size
        if isinstance(right, Cast):
            small |= self._is_conversion(right.type, right.operand)
        if not small or not self.is_nonnegative(second):
            return None
        a, b = self._isl(first), self._isl(second)
        if a is None or b is None:
            return None
        inside = op in ("<", "<=")
        return f"({a} >= 0 and {a} {op} {b})" if inside else f"({a} < 0 or {a} {op} {b})"

    def _quasi_comparison(self, op: str, left: Expr, right: Expr) -> str | None:
        """Compare values of which one is a remainder or quotient."""
        if mixes_signs(left.type, right.type):
            return None
        if not (self._is_exact(left) and self._is_exact(right)):
            return None
        try:
            a, b = self.quasi_affine(left), self.quasi_affine(right)
        except NotAffine:
            return None
        return f"{a} {'=' if op == '==' else op} {b}"

    def quasi_affine(self, expression: Expr) -> str:
        """Return isl text for a value with remainders and quotients by positive constants.

        C rounds towards zero and isl down, which is the same for what is not negative.

        Raises:
            NotAffine: with the reason in words.
        """
        value = self.try_value(expression)
        text = None if value is None else self._isl(value)
        if text is not None:
            return text
        if not self._is_exact(expression):
            raise NotAffine(f"'{self._text(expression)}' may wrap")
        match expression:
            case Ref(symbol=symbol) if symbol in self._known_texts:
                known = self._known_texts[symbol]
                if self.in_scope(known[1], known[2]):
                    return known[0]
                raise NotAffine(f"'{symbol.name}' changes inside the nest")
            case Binary(op="+" | "-" as op, left=left, right=right):
                return f"({self.quasi_affine(left)}) {op} ({self.quasi_affine(right)})"
            case Binary(op="%" | "/" as op, left=left, right=IntLiteral(value=divisor)) if (
                divisor > 0
            ):
                value = self.value(left)
                text = self._isl(value)
                if text is None or not self.is_nonnegative(value):
                    raise NotAffine(f"'{self._text(left)}' may be negative")
                return f"(({text}) mod {divisor})" if op == "%" else f"floor(({text})/{divisor})"
            case _:
                raise NotAffine(f"'{self._text(expression)}' is not affine")

    def _isl(self, value: Polynomial) -> str | None:
        iterators = frozenset(loop.atom for loop in self.loops)
        try:
            return value.to_isl(iterators)
        except ValueError:
            return None

    def _is_exact(self, expression: Expr) -> bool:
        """Whether the C value equals the integer value (no unsigned result can wrap)."""
        for part in walk_expression(expression):
            if isinstance(part, Ref) and part.symbol in self._wrapping:
                return False
            if not part.type.is_integer or part.type.signed:
                continue
            if isinstance(part, Cast) and part.operand.type.is_integer and part.operand.type.signed:
                value = self.try_value(part.operand)
                if value is None or not self.is_nonnegative(value):
                    return False
            if isinstance(part, Unary) and part.op == "-":
                return False
            if isinstance(part, Binary) and part.op == "-":
                return False
            if isinstance(part, Binary) and part.op in ("*", "<<") and part.type.size < 8:
                return False
        return True

    def is_nonnegative(self, value: Polynomial) -> bool:
        """Whether a value is proved to be at least 0 everywhere in the current domain."""
        if value.is_constant:
            return value.constant >= 0
        text = self._isl(value)
        if text is None:
            return False
        conditions = [loop.domain for loop in self.loops if loop.domain]
        conditions += [c for c in self.condition_texts if c is not None]
        conditions += self.nest.context
        for name in value.atoms:
            parameter = self.nest.parameters.get(name)
            if parameter is not None and not parameter.type.signed:
                conditions.append(f"{name} >= 0")
        return domain_is_empty([loop.atom for loop in self.loops], [*conditions, f"{text} < 0"])


def _element(symbol: Symbol) -> CType:
    return symbol.type.scalar_element


def mixes_signs(left: CType, right: CType) -> bool:
    """Whether the usual arithmetic conversions turn a signed operand into an unsigned one."""
    if left.signed == right.signed:
        return False
    unsigned, signed = (left, right) if not left.signed else (right, left)
    return unsigned.size >= max(4, signed.size)


def structural_key(expression: Expr) -> tuple[object, ...]:
    """Return a key that is equal for structurally equal expressions."""
    match expression:
        case Ref(symbol=symbol):
            return ("ref", id(symbol))
        case IntLiteral(value=value):
            return ("int", value)
        case FloatLiteral(text=text):
            return ("float", text)
        case Member(field=name, arrow=arrow, base=base):
            return ("member", name, arrow, structural_key(base))
        case Unary(op=op) | Binary(op=op):
            return (op, *(structural_key(o) for o in expression.operands))
        case _:
            return (
                type(expression).__name__,
                expression.type.spelling if isinstance(expression, Cast) else "",
                expression.callee if isinstance(expression, Call) else None,
                *(structural_key(o) for o in expression.operands),
                *(() if expression.operands else (id(expression),)),
            )
