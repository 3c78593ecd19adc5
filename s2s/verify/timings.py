# SPDX-License-Identifier: Apache-2.0
"""Numbers of an output that tell how long something took: no two runs agree on them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from s2s.verify.tokens import Token, tokens_of

MOST_LINES = 40
"""So many lines may a table of times have."""

_TOPIC = re.compile(
    rb"\b(?:times?|elapsed|took|duration|latency|throughput|bandwidth|runtime|performance|fps"
    rb"|timings?|speed|speed-?up|bw)\b|_time\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"[mun]?s|[mun]?secs?|(?:milli|micro|nano)?_?seconds?|fps|(?:[kmgt]?(?:flops|flop_s|bps))",
    re.IGNORECASE,
)
_RATE = re.compile(r"bw|bandwidth|throughput|speed_?up|fps|[kmgt]?flops|performance", re.IGNORECASE)
"""What may stand before a rate without a unit (``BW: 12.5``)."""
_AMOUNT = re.compile(r"[kmgt]?i?(?:b|bytes?|bits?|flops?|ops?)", re.IGNORECASE)
_QUICK = re.compile(r"[mun]s|[mun]secs?|(?:milli|micro|nano)seconds?", re.IGNORECASE)
_SPREAD = re.compile(rb"\bstd[ .]?_?dev|\bstdev\b|\bstandard deviation\b", re.IGNORECASE)
"""Times that have one are measurements."""
_PER = frozenset(("/", "per"))
_OPENING = frozenset(("(", "["))
_BETWEEN = frozenset((")", "]", ":", "=", "is"))


def timings(lines: Sequence[bytes], number: int, tokens: Sequence[Token]) -> frozenset[int]:
    """Return the indices of the numbers of a line that are times or rates.

    The line, or the heading that it stands under, has to name a time or a rate, and the unit of one
    has to stand behind the number (``25 ms``, ``0.3 (s)``) or before it (``time (us): 12``):
    ``time 3`` may be a step of a simulation, ``3 s`` a result; ``updates per ns: 0.1`` can only be
    a rate, and ``mean = 12 us, stddev = 1 us`` are measured.

    Under a heading shares of the time (``40 %``) count as well, and all that is no integer
    if the heading has the unit. ``number`` is the line's index, ``tokens`` are its own.
    """
    numbers = [at for at, token in enumerate(tokens) if token.value is not None]
    found = {at for at in numbers if _is_before(tokens, at) or _is_behind(tokens, at)}
    if not found or _TOPIC.search(lines[number]) is not None:
        return frozenset(found)
    if _SPREAD.search(lines[number]) is not None:
        return frozenset(at for at in found if _is_quick(tokens, at))
    heading = _heading_of(lines, number)
    if heading is None:
        return frozenset(at for at in numbers if _is_rate(tokens, at))
    if any(_is_unit(heading, at) for at in range(len(heading))):
        return frozenset(at for at in numbers if not tokens[at].is_integer)
    return frozenset(found | {at for at in numbers if _is_share(tokens, at)})


def _heading_of(lines: Sequence[bytes], number: int) -> tuple[Token, ...] | None:
    """Return the heading, without numbers, of the table of times that a line belongs to, if any.

    A blank line ends a table, unless it follows the heading.
    """
    blank = False
    for line in reversed(lines[max(0, number - MOST_LINES) : number]):
        if _TOPIC.search(line) is not None:
            tokens = tokens_of(line)
            if not any(token.value is not None for token in tokens):
                return tokens
        if blank and line.strip():
            return None
        blank = not line.strip()
    return None


def _is_share(tokens: Sequence[Token], at: int) -> bool:
    return at + 1 < len(tokens) and tokens[at + 1].text == "%"


def _is_before(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a unit follows."""
    unit = at + 1
    while unit < len(tokens) and tokens[unit].text in _OPENING:
        unit += 1
    return _is_unit(tokens, unit)


def _is_quick(tokens: Sequence[Token], at: int) -> bool:
    return at + 1 < len(tokens) and _QUICK.fullmatch(tokens[at + 1].text) is not None


def _word_behind(tokens: Sequence[Token], at: int) -> int:
    """Return the index of what goes before a number and signs such as a colon."""
    word = at - 1
    while word > 0 and tokens[word].text in _BETWEEN:
        word -= 1
    return word


def _is_rate(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether ``per ns`` and a sign go before: nothing but a computation is that quick."""
    unit = _word_behind(tokens, at)
    quick = unit > 0 and _QUICK.fullmatch(tokens[unit].text) is not None
    return quick and unit < at - 1 and tokens[unit - 1].text in _PER


def _is_behind(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a unit, and signs such as a colon, go before."""
    unit = _word_behind(tokens, at)
    if unit < at - 1 and _RATE.fullmatch(tokens[unit].text):
        return True
    begins = (unit, unit - 2)  # ``GB / s`` begins two words before its end
    return any(begin >= 0 and _is_unit(tokens, begin) for begin in begins) and unit < at - 1


def _is_unit(tokens: Sequence[Token], at: int) -> bool:
    if at >= len(tokens):
        return False
    if _TIME.fullmatch(tokens[at].text):
        return True
    is_rate = at + 1 < len(tokens) and tokens[at + 1].text in _PER
    return is_rate and _AMOUNT.fullmatch(tokens[at].text) is not None
