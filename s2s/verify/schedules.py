# SPDX-License-Identifier: Apache-2.0
"""Give the worksharing loops of a text another schedule, on the same lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from s2s.verify.directives import Directive, blank, directives_in

MARK = 1394933760
"""A chunk size that nobody writes: the first of the marks for ``runtime/iteration_order.c``."""
MOST_SITES = 1 << 16

Edit = tuple[int, int, bytes]
"""Begin and end of a piece of text, and what takes its place."""

_FOR, _LOOP, _DISTRIBUTE = b"for", b"loop", b"distribute"
_IN_ORDER = (b"ordered",)
_OWN_THREADS = frozenset((b"parallel", b"teams"))
_OPERATORS = frozenset((*(b"+", b"-", b"*", b"&", b"|", b"^"), *(b"&&", b"||", b"min", b"max")))
_DECLARED = re.compile(rb"\bdeclare\s+reduction\s*\(\s*([^:\s]+)\s*:")
_LAST_COUNTS = (b"lastprivate", b"linear")
# 'static, 1' and the like leave the order of iterations open; longer chunks are run in theirs
_OPEN_SCHEDULE = re.compile(
    rb"(?:[\w \t,]+:)?\s*(?:static|dynamic|guided|auto|runtime)\s*(?:,\s*1)?"
)
_BEFORE_LOOP = re.compile(
    rb"(?:\s|//[^\n]*+|/\*.*?\*/|#(?:[^\n]*\\\r?\n)*+[^\n]*+)*+(?=for\b)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class LoopSite:
    """A loop whose schedule is a mark: the 1-based lines of its directive and of the loop itself.

    ``column`` is that of the directive or of the loop, whichever ``line`` is, in bytes from 1.
    """

    directive: int
    line: int
    column: int


def with_static_schedule(text: bytes) -> bytes:
    """Return a text whose worksharing loops have ``schedule(static, 1)``.

    Loops with a schedule of their own, and target tasks (``nowait``), stay as they are.
    """

    def edits(directive: Directive) -> list[Edit]:
        # clang 19 gets 'target … nowait schedule(static, 1)' wrong: no iteration is run
        if _FOR not in directive.name or directive.clauses_of(b"schedule", b"nowait"):
            return []
        return [(directive.end, directive.end, b" schedule(static, 1)")]

    return _edited(text, edits)


def with_marked_schedules(
    text: bytes, first: int, *, widen: bool
) -> tuple[bytes, tuple[LoopSite, ...]]:
    """Return a text whose loops have marks for schedules, and the loops; ``first`` is their number.

    What may rely on an order stays as it is: ``ordered``, scans, declared reductions, schedules
    with longer chunks, loops inside of somebody else's ``parallel`` or ``teams`` region.
    With ``widen``, loops that are distributed over teams only, and ``loop`` constructs, are made
    worksharing loops; that makes no difference where there is one thread, but not every loop nest
    compiles then.
    """
    sites: list[LoopSite] = []
    declared = frozenset(_DECLARED.findall(text))

    def edits(directive: Directive) -> list[Edit]:
        if not _is_open(directive, declared) or first + len(sites) >= MOST_SITES:
            return []
        named = _as_worksharing(directive, widen)
        if named is None:
            return []
        chunk = MARK + 2 * (first + len(sites)) + _last_counts(directive)
        sites.append(_site(text, directive))
        removed = directive.clauses_of(b"schedule", b"dist_schedule", b"bind")
        out = [(c.begin, c.end, blank(text[c.begin : c.end])) for c in removed]
        mark = f" schedule(dynamic, {chunk})".encode()
        return [*named, *out, (directive.end, directive.end, mark)]

    return _edited(text, edits), tuple(sites)


def _edited(text: bytes, edits: Callable[[Directive], list[Edit]]) -> bytes:
    """Apply the edits of all directives of a text."""
    out, at = [], 0
    for directive in directives_in(text):
        for begin, end, new in sorted(edits(directive)):
            out += [text[at:begin], new]
            at = end
    return b"".join((*out, text[at:]))


def _is_open(directive: Directive, declared: frozenset[bytes]) -> bool:
    """Tell whether a directive leaves the order of its loop's iterations open.

    Each thread runs its iterations in increasing order, which is of no importance unless it keeps
    something from one to the next: in the private variables of a region around the loop, or in a
    reduction that a program declares (the first of several equal minima).
    """
    if directive.clauses_of(*_IN_ORDER) or not _OWN_THREADS.intersection(directive.name):
        return False
    for clause in directive.clauses_of(b"reduction"):
        modifier, _, operator = (clause.argument or b"").partition(b":")[0].rpartition(b",")
        operator = operator.strip()
        if b"inscan" in modifier or operator not in _OPERATORS or operator in declared:
            return False
    schedules = directive.clauses_of(b"schedule")
    return all(_OPEN_SCHEDULE.fullmatch(c.argument or b"") for c in schedules)


def _as_worksharing(directive: Directive, widen: bool) -> list[Edit] | None:
    """Return the edits that make a directive a worksharing loop, None when it cannot be one."""
    name = directive.name
    if _FOR in name:
        return []
    if not widen:
        return None
    words = dict(zip(name, directive.words, strict=True))
    if _DISTRIBUTE in name:
        end = words[_DISTRIBUTE].end
        return [(end, end, b" parallel for")]
    if _LOOP in name and (b"teams" in name or b"parallel" in name):
        word = words[_LOOP]
        new = b"distribute parallel for" if b"teams" in name else _FOR
        # 'teams distribute parallel for' and 'parallel for'; 'teams parallel loop' is no construct
        return [(word.begin, word.end, new)]
    return None


def _last_counts(directive: Directive) -> bool:
    """Tell whether values of the sequentially last iteration live on.

    That of a ``simd`` loop's variable does even where no clause says so.
    """
    return bool(directive.clauses_of(*_LAST_COUNTS)) or b"simd" in directive.name


def _site(text: bytes, directive: Directive) -> LoopSite:
    at = directive.begin
    loop = _BEFORE_LOOP.match(text, _end_of_line(text, directive.end))
    place = loop.end() if loop else at + text[at:].index(b"#")
    line = text.count(b"\n", 0, place) + 1
    column = place - (text.rfind(b"\n", 0, place) + 1) + 1
    return LoopSite(text.count(b"\n", 0, at) + 1, line, column)


def _end_of_line(text: bytes, at: int) -> int:
    end = text.find(b"\n", at)
    return len(text) if end < 0 else end
