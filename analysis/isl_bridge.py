# SPDX-License-Identifier: Apache-2.0
"""The few places where text becomes isl objects, with an operation budget.

isl: S. Verdoolaege, *isl: An Integer Set Library for the Polyhedral Model*, ICMS 2010.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

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


@lru_cache(maxsize=4096)
def set_of(names: tuple[str, ...], conditions: str) -> isl.Set:
    """Return the integer points that satisfy isl conditions, with the parameters they mention.

    Reading text is most of the time that small nests take; domains are shared by statements and
    asked for again and again.
    """
    return isl.Set(f"{parameter_prefix([conditions])}{{ [{','.join(names)}] : {conditions} }}")


@lru_cache(maxsize=64)
def first_coordinates(dimensions: int, kept: int) -> isl.Map:
    """Return the map from points to their first ``kept`` coordinates."""
    names = [f"i{d}" for d in range(dimensions)]
    return isl.Map(f"{{ [{','.join(names)}] -> [{','.join(names[:kept])}] }}")


@lru_cache(maxsize=64)
def later_in_last(dimensions: int, ascending: bool) -> isl.UnionMap:
    """Return the pairs of points that agree but in the last coordinate, where the second is later.

    "Later" is greater in an ascending loop, else smaller.
    """
    first = [f"a{i}" for i in range(dimensions)]
    second = [f"b{i}" for i in range(dimensions)]
    conditions = [f"{x} = {y}" for x, y in zip(first[:-1], second[:-1], strict=True)]
    conditions.append(f"{first[-1]} {'<' if ascending else '>'} {second[-1]}")
    return isl.UnionMap(
        f"{{ [{','.join(first)}] -> [{','.join(second)}] : {' and '.join(conditions)} }}"
    )


def domain_is_empty(iterators: list[str], conditions: list[str]) -> bool:
    """Whether no integer point satisfies all conditions, whatever the parameters are."""
    body = " and ".join(f"({c})" for c in conditions) or "1 = 1"
    return bool(set_of(tuple(iterators), body).is_empty())
