# SPDX-License-Identifier: Apache-2.0
"""What the value of a pointer can come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from s2s.ir.program import Call
from s2s.ir.types import Symbol


class RootKind(StrEnum):
    """What a pointer's value can come from."""

    OBJECT = "object"
    FRESH = "fresh"
    PARAMETER = "parameter"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Root:
    """One possible target of a pointer; ``identity`` is a symbol or an allocation call."""

    kind: RootKind
    identity: Symbol | Call | None = None


UNKNOWN = Root(RootKind.UNKNOWN)
