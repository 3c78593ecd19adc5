# SPDX-License-Identifier: Apache-2.0
"""What a function is given and what it leaves: the inputs and outputs that a driver must have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from s2s.analysis.allocation import allocation_length
from s2s.analysis.coverage import inner_types, row_sizes
from s2s.analysis.extents import Renderer
from s2s.analysis.facts import Facts
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import MemoryObject
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.summaries import Summary
from s2s.ir.program import Call, Function, Ref, Variable
from s2s.ir.types import CType, Symbol, SymbolKind, TypeKind
from s2s.verify.function.roles import Origin, Roles, roles_in

MAX_GLOBAL_ELEMENTS = 1 << 22


class NoDriver(Exception):
    """A function cannot be given inputs; the text says what is missing of which parameter."""


class Role(StrEnum):
    """What the integers of a buffer are for; the values are the names in ``harness.h``."""

    VALUES = "S2S_VALUES"
    INDEX = "S2S_INDEX"
    MONOTONE = "S2S_MONOTONE"
    COUNT = "S2S_COUNT"
    DIVISOR = "S2S_DIVISOR"


@dataclass(frozen=True, slots=True)
class Element:
    """The numbers in memory: ``kind`` is i, u or f with the bits; a complex has two parts."""

    kind: str
    parts: int = 1

    @property
    def c_type(self) -> str:
        """A C type that holds one."""
        return _C_TYPES[self.kind]


_C_TYPES = {
    "i8": "signed char",
    "u8": "unsigned char",
    "i16": "short",
    "u16": "unsigned short",
    "i32": "int",
    "u32": "unsigned",
    "i64": "long",
    "u64": "unsigned long",
    "f32": "float",
    "f64": "double",
}


@dataclass(frozen=True, slots=True)
class ScalarInput:
    """A number: ``is_size`` when it bounds loops or is part of a subscript."""

    symbol: Symbol
    element: Element
    is_size: bool
    is_divisor: bool
    is_written: bool = False


@dataclass(frozen=True, slots=True)
class BufferInput:
    """Memory behind a pointer, or an array of the program (``extent`` elements).

    ``declared`` is C text with the number of elements, as far as the source says it; ``indexed``
    are the other buffers that the values are subscripts of.
    """

    symbol: Symbol
    element: Element
    role: Role
    is_written: bool
    declared: str = ""
    extent: int = 0
    indexed: frozenset[Symbol] = frozenset()
    is_text: bool = False


Input = ScalarInput | BufferInput


@dataclass(frozen=True, slots=True)
class Signature:
    """A function with all that a driver has to give it; ``returned`` is None for no number.

    ``may_overlap`` are pairs of pointers of one type that nothing in the file keeps apart.
    """

    function: Function
    parameters: tuple[Input, ...]
    globals: tuple[Input, ...]
    returned: Element | None
    may_overlap: tuple[tuple[BufferInput, BufferInput], ...]
    notes: tuple[str, ...]

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Parameters and globals; the position of each is its number in the plan."""
        return (*self.parameters, *self.globals)

    @property
    def buffers(self) -> tuple[tuple[int, BufferInput], ...]:
        """The buffers with their numbers."""
        return tuple((i, b) for i, b in enumerate(self.inputs) if isinstance(b, BufferInput))

    @property
    def scalars(self) -> tuple[tuple[int, ScalarInput], ...]:
        """The numbers with their numbers."""
        return tuple((i, s) for i, s in enumerate(self.inputs) if isinstance(s, ScalarInput))


def signature_of(function: Function, analyses: Analyses) -> Signature:
    """Return what a function needs.

    Raises:
        NoDriver: it is given or returns something that cannot be made up.
    """
    return _SignatureReader(function, analyses.facts).read()


class _SignatureReader:
    def __init__(self, function: Function, facts: Facts) -> None:
        self._function = function
        self._facts = facts
        reachable = facts.summaries.reachable(function.symbol)
        functions = [f for f in facts.program.functions if f.symbol in reachable]
        self._roles: Roles = roles_in(functions, facts)
        self._summary = _summary(function, facts)
        self._notes: list[str] = []

    def read(self) -> Signature:
        function = self._function
        if facts_missing := _unusable(function, self._summary):
            raise NoDriver(facts_missing)
        positions = enumerate(function.parameters)
        parameters = tuple(self._parameter(position, p) for position, p in positions)
        globals_ = tuple(self._globals())
        return Signature(
            function,
            parameters,
            globals_,
            self._returned(),
            tuple(self._overlaps(parameters)),
            tuple(self._notes),
        )

    # -- parameters ------------------------------------------------------------------------------

    def _parameter(self, position: int, parameter: Variable) -> Input:
        symbol, what = parameter.symbol, f"parameter '{parameter.symbol.name}'"
        if symbol.type.is_pointer:
            written = position in self._summary.writes or self._summary.unknown
            return self._buffer(symbol, what, written)
        return self._scalar(symbol, what)

    def _scalar(self, symbol: Symbol, what: str) -> ScalarInput:
        element = _element(symbol.type, what)
        if element.parts != 1:
            raise NoDriver(f"{what} is a complex number")
        origin = Origin(symbol)
        is_size = origin in self._roles.bounds or origin in self._roles.subscripts
        written = symbol.is_global and symbol in self._summary.global_writes
        return ScalarInput(symbol, element, is_size, origin in self._roles.divisors, written)

    def _buffer(self, symbol: Symbol, what: str, written: bool) -> BufferInput:
        pointee = symbol.type.element
        at = pointee
        while at is not None and at.is_array:
            at = at.element
        if pointee is None or at is None:
            raise NoDriver(f"{what}: what it points to is not known")
        element = _element(at, f"what {what} points to", behind=True)
        is_text = at.const and at.spelling.split()[-1] == "char" and symbol in self._roles.strings
        return BufferInput(
            symbol,
            element,
            self._role(symbol, element),
            written and not at.const,
            self._declared(symbol),
            indexed=frozenset(self._roles.subscripts.get(Origin(symbol, True), ())),
            is_text=is_text,
        )

    def _role(self, symbol: Symbol, element: Element) -> Role:
        origin, roles = Origin(symbol, in_memory=True), self._roles
        if element.kind[0] == "f":
            return Role.VALUES
        if origin in roles.rows:
            return Role.MONOTONE
        if origin in roles.subscripts:
            return Role.INDEX
        if origin in roles.bounds:
            return Role.COUNT
        return Role.DIVISOR if origin in roles.divisors else Role.VALUES

    def _declared(self, symbol: Symbol) -> str:
        """Return how many numbers the source says that a parameter points to, as C text."""
        if symbol.kind is not SymbolKind.PARAMETER:
            return ""
        length = allocation_length(self._function, symbol, self._facts)
        if length is None:
            return ""
        if inner_types(symbol):
            rows = row_sizes(symbol, self._function, self._facts)
            if len(rows) != len(inner_types(symbol)):
                return ""
            for row in rows:
                length = length * row
        return self._text(length)

    def _text(self, length: Polynomial) -> str:
        names = self._facts.parameters
        renderer = Renderer(names)
        parameters = {p.symbol for p in self._function.parameters if p.symbol.type.is_integer}
        known = all(s in parameters or s.is_global for s in renderer.symbols(length.atoms))
        return renderer.text(length, wide=True) if known else ""

    # -- globals ---------------------------------------------------------------------------------

    def _globals(self) -> Iterator[Input]:
        used = self._summary.global_reads | self._summary.global_writes
        for symbol in sorted(used, key=lambda s: s.sort_key):
            if symbol.kind is SymbolKind.STATIC_LOCAL:
                self._notes.append(f"'{symbol.name}' keeps its value from case to case")
            elif symbol.in_main_file and not _is_constant(symbol.type):
                found = self._global(symbol)
                if found is not None:
                    yield found

    def _global(self, symbol: Symbol) -> Input | None:
        """Return how a global is initialised; None for one that stays as the program has it."""
        ctype, written = symbol.type, symbol in self._summary.global_writes
        what = f"the global '{symbol.name}'"
        try:
            if ctype.is_pointer:
                return self._buffer(symbol, what, written)
            if ctype.is_array:
                return self._array(symbol, what, written)
            return self._scalar(symbol, what)
        except NoDriver as reason:
            if ctype.leads_elsewhere or ctype.is_pointer:
                raise
            self._notes.append(f"{reason}: it stays as the program initialises it")
            return None

    def _array(self, symbol: Symbol, what: str, written: bool) -> BufferInput:
        extent, at = 1, symbol.type
        while at.is_array and at.element is not None:
            extent, at = extent * (at.extent or 0), at.element
        element = _element(at, f"an element of {what}", behind=True)
        extent *= element.parts
        if not 0 < extent <= MAX_GLOBAL_ELEMENTS:
            raise NoDriver(f"{what} has no length that is known")
        indexed = frozenset(self._roles.subscripts.get(Origin(symbol, True), ()))
        flat = Element(element.kind)
        return BufferInput(symbol, flat, self._role(symbol, flat), written, "", extent, indexed)

    # -- the rest --------------------------------------------------------------------------------

    def _returned(self) -> Element | None:
        ctype = self._function.returns
        if ctype.kind is TypeKind.VOID:
            return None
        try:
            element = _element(ctype, "the value that is returned")
        except NoDriver as reason:
            self._notes.append(f"{reason}: it is not compared")
            return None
        if element.parts == 1:
            return element
        self._notes.append("the complex number that is returned is not compared")
        return None

    def _overlaps(self, parameters: tuple[Input, ...]) -> Iterator[tuple[BufferInput, BufferInput]]:
        """Yield pairs of pointers that may point into one array, at least one being written."""
        buffers = [b for b in parameters if isinstance(b, BufferInput)]
        for number, first in enumerate(buffers):
            for second in buffers[number + 1 :]:
                plain = first.role is second.role is Role.VALUES and not first.is_text
                if not plain or first.element != second.element:
                    continue
                if not (first.is_written or second.is_written):
                    continue
                types = (first.symbol.type.scalar_element, second.symbol.type.scalar_element)
                one, two = (MemoryObject(b.symbol, ("*",)) for b in (first, second))
                if not self._facts.aliases.disjoint(one, two, types):
                    yield first, second


def _summary(function: Function, facts: Facts) -> Summary:
    """Return the effects of calling a function."""
    name = Ref(function.span, function.returns, function.symbol)
    return facts.summaries.of_call(Call(function.span, function.returns, function.symbol, name, ()))


def _unusable(function: Function, summary: Summary) -> str:
    """Return why a function as a whole cannot be driven, empty if it can."""
    if function.name == "main":
        return "main is run with --run, not with made-up inputs"
    if function.has_errors:
        return "it has errors, so that its text is not known in full"
    if function.is_variadic:
        return "it has a variable argument list"
    return "it may end the program" if summary.exits else ""


def _is_constant(ctype: CType) -> bool:
    at: CType | None = ctype
    while at is not None and at.is_array and not at.const:
        at = at.element
    return at is not None and at.const


def _element(ctype: CType, what: str, *, behind: bool = False) -> Element:
    """Return the numbers of a type.

    Raises:
        NoDriver: it is none of numbers.
    """
    match ctype.kind:
        case TypeKind.BOOL:
            return Element("u8")
        case TypeKind.INTEGER if ctype.size in (1, 2, 4, 8):
            return Element(f"{'i' if ctype.signed else 'u'}{8 * ctype.size}")
        case TypeKind.FLOATING if ctype.size in (4, 8):
            return Element(f"f{8 * ctype.size}")
        case TypeKind.COMPLEX if ctype.size in (8, 16):
            return Element(f"f{4 * ctype.size}", 2)
        case TypeKind.FUNCTION:
            reason = "is a function: which one is not known"
        case TypeKind.POINTER if behind:
            reason = "are pointers: how long the rows behind them are is not known"
        case TypeKind.STRUCT | TypeKind.UNION:
            reason = f"is a {ctype.kind.value} ({ctype.spelling}), whose members are not known"
        case TypeKind.VOID:
            reason = "is void: the type of the elements is not known"
        case _:
            reason = f"is of type {ctype.spelling}, for which no values are made"
    raise NoDriver(f"{what} {reason}")
