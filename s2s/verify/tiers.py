# SPDX-License-Identifier: Apache-2.0
"""How far a verification can go."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """How far a verification went; each tier includes those before it."""

    NONE = "none"
    COMPILE = "T0"
    HOST_DEVICE = "T1"
    GUARD = "T2"
    RACES = "T3"
    GPU = "T4"

    def includes(self, other: Tier) -> bool:
        """Whether a verification of this tier goes as far as another."""
        order = tuple(Tier)
        return order.index(self) >= order.index(other)
