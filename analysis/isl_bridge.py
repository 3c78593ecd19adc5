# SPDX-License-Identifier: Apache-2.0
"""The few places where text becomes isl objects, with an operation budget.

isl: S. Verdoolaege, *isl: An Integer Set Library for the Polyhedral Model*, ICMS 2010.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import islpy as isl

_PARAMETER = re.compile(r"\bp\d+(?:__p\d+)*\b")

#: Operations that isl may spend on one nest; retried once with three times as many.
BUDGET = 2_000_000


class BudgetExceeded(Exception):
    """isl needed more operations than it was allowed."""


@contextmanager
def budget(operations: int) -> Iterator[None]:
    """Bound the work of isl; raises BudgetExceeded when it is not enough."""
    context = isl.DEFAULT_CONTEXT
    context.reset_operations()
    context.set_max_operations(operations)
    try:
        yield
    except isl.Error as error:
        raise BudgetExceeded(str(error)) from error
    finally:
        context.set_max_operations(0)


def parameters_in(texts: Iterable[str]) -> list[str]:
    """Return the parameter names that occur in isl texts, sorted."""
    found: set[str] = set()
    for text in texts:
        found.update(_PARAMETER.findall(text))
    return sorted(found)


def parameter_prefix(texts: Iterable[str]) -> str:
    """Return ``[p0, p1] -> `` for the parameters that occur in the texts."""
    return f"[{','.join(parameters_in(texts))}] -> "


def domain_is_empty(iterators: list[str], conditions: list[str]) -> bool:
    """Whether no integer point satisfies all conditions, whatever the parameters are."""
    body = " and ".join(f"({c})" for c in conditions) or "1 = 1"
    text = f"{parameter_prefix(conditions)}{{ [{','.join(iterators)}] : {body} }}"
    return bool(isl.Set(text).is_empty())
