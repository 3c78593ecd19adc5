# SPDX-License-Identifier: Apache-2.0
"""What a program says of its own result: many check themselves and print nothing else but times."""

from __future__ import annotations

import re

_GOOD = re.compile(
    rb"\b(?:pass(?:ed|es)?|ok|success(?:ful(?:ly)?)?|succeeded|correct|verified|valid|match(?:es)?)\b",
    re.IGNORECASE,
)
_BAD = re.compile(
    rb"(?<!\b0 )(?<!\bno )\b(?:fail(?:ed|s|ure)?|incorrect|invalid|wrong"
    rb"|(?:not|un)[ \t]*(?:ok|correct|verified|valid|successful))\b(?![ \t]*[:=]?[ \t]*0\b)",
    re.IGNORECASE,
)


def own_verdict(output: bytes) -> str:
    """Return the word with which a program says that its result is right, empty if it does not.

    A program that also says that something is wrong has not verified itself.
    """
    good = _GOOD.search(output)
    if good is None or own_complaint(output):
        return ""
    return good[0].decode()


def own_complaint(output: bytes) -> str:
    """Return the word with which a program says that its result is wrong, empty if it does not."""
    bad = _BAD.search(output)
    return bad[0].decode() if bad else ""
