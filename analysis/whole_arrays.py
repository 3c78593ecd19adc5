# SPDX-License-Identifier: Apache-2.0
"""The section that is all of an array, where it is to be named."""

from __future__ import annotations

from s2s.analysis.allocation import allocation_length
from s2s.analysis.extents import Section
from s2s.analysis.facts import Facts
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.scopes import is_set_before, sees
from s2s.ir.program import Function, Stmt
from s2s.ir.types import Symbol


def whole_pointee(function: Function, symbol: Symbol, place: Stmt, facts: Facts) -> Section | None:
    """Return all of what a pointer points to, as it can be written right before a statement.

    None when the length is not known there, because a name in it is not visible or means something
    else, or when the pointer may not be set yet.
    """
    length = allocation_length(function, symbol, facts)
    if length is None:
        return None
    names = {x for a in length.atoms for x in facts.parameters.get(a).symbols}
    if not all(sees(function, place, x) for x in names):
        return None
    group = facts.aliases.swap_class(symbol)
    if not all(is_set_before(function, place, member, facts) for member in group):
        return None
    return Section(Polynomial(), length - Polynomial.constant_of(1))
