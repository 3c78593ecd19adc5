# SPDX-License-Identifier: Apache-2.0
"""What a linearized subscript needs of its leading dimension and nothing in the program states.

An assumption is never believed: the construct that rests on it is run under a test of it, and the
loop as it was written is the other path.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import islpy as isl

from s2s.analysis.isl_bridge import set_of
from s2s.analysis.nest import Parameter
from s2s.analysis.values import mixes_signs
from s2s.ir.program import Expr, Member, Ref

#: Conditions on one array; more than these is not what a reader would check.
MOST = 2


class Assuming(Enum):
    """What an analysis may rest on conditions for that are tested at run time."""

    NOTHING = 0
    EXTENTS = 1
    INDEPENDENCE = 2


@dataclass(frozen=True, slots=True, order=True)
class Assumption:
    """``larger >= smaller + difference`` between two parameters, by their isl names.

    ``smaller`` is empty for a comparison with a constant; ``difference`` is not negative
    otherwise.
    """

    larger: str
    smaller: str
    difference: int

    @property
    def isl(self) -> str:
        """The condition as isl text."""
        return f"{self.larger} >= {self.smaller or '0'} + {self.difference}"

    @property
    def atoms(self) -> tuple[str, ...]:
        """The parameters that it compares."""
        return (self.larger, self.smaller) if self.smaller else (self.larger,)


def excluding(
    names: Sequence[str],
    conditions: Iterable[str],
    violation: str,
    size: str,
    parameters: dict[str, Parameter],
) -> tuple[Assumption, ...] | None:
    """Return conditions on ``size`` under which no point of a domain violates its dimension.

    None when no simple ones do. Simple is a comparison of two variables, or of a variable with a
    constant, that C evaluates as mathematics does.
    """
    domain = " and ".join(f"({c})" for c in conditions) or "1 = 1"
    wrong = set_of(tuple(names), f"({domain}) and ({violation})").params()
    possible = set_of(tuple(names), domain).params()
    # what holds wherever the domain has a point need not be tested
    rest = wrong.gist(possible).remove_redundancies().coalesce()
    found: set[Assumption] = set()
    for part in rest.get_basic_sets():
        chosen = _negation(part, size)
        if chosen is None or not _is_plain(chosen, parameters):
            return None
        found.add(chosen)
    if not found or len(found) > MOST:
        return None
    return tuple(sorted(found))


def _negation(part: isl.BasicSet, size: str) -> Assumption | None:
    """Return the negation of the first constraint that bounds ``size`` from above.

    All constraints of the part hold where the dimension is violated, so that denying one of them
    is enough.
    """
    for constraint in sorted(part.get_constraints(), key=str):
        if constraint.is_equality() or constraint.is_div_constraint():
            continue
        terms: dict[str, int] = {}
        for position in range(part.dim(isl.dim_type.param)):
            value = constraint.get_coefficient_val(isl.dim_type.param, position).to_python()
            if value:
                terms[str(part.get_dim_name(isl.dim_type.param, position))] = value
        if terms.pop(size, 0) != -1 or len(terms) > 1:
            continue  # the size is to be too small for the rest: rest - size + constant >= 0
        if any(value != 1 for value in terms.values()):
            continue
        smaller = next(iter(terms), "")
        least = constraint.get_constant_val().to_python() + 1
        if not smaller and least <= 1:
            continue  # a lone column: that its stride is not 0 is not worth a second copy
        # a little more than needed reads better, and cannot overflow
        return Assumption(size, smaller, max(least, 0) if smaller else least)
    return None


def _is_plain(assumption: Assumption, parameters: dict[str, Parameter]) -> bool:
    """Whether the comparison reads only variables, and means the same in C."""
    found = [parameters.get(atom) for atom in assumption.atoms]
    types = []
    for parameter in found:
        if parameter is None or not _is_variable(parameter):
            return False
        types.append(parameter.type)
    if len(types) == 2 and mixes_signs(types[0], types[1]):
        return False
    narrow = all(t.size <= 4 and t.signed for t in types)
    # beyond 1 the test needs a sum, which must not wrap
    return not assumption.smaller or assumption.difference <= 1 or narrow


def _is_variable(parameter: Parameter) -> bool:
    """Whether a parameter's text is a variable or a field of one, evaluated without a load that
    the program itself might not make."""
    at: Expr = parameter.expression
    text = ""
    while isinstance(at, Member) and not at.arrow:
        text = f".{at.field}{text}"
        at = at.base
    return (
        parameter.value is None
        and isinstance(at, Ref)
        and parameter.text == f"{at.symbol.name}{text}"
    )
