# SPDX-License-Identifier: Apache-2.0
"""What compare mode found out about each target region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from s2s.verify.findings import Place


@dataclass(frozen=True, slots=True)
class RegionDifference:
    """The first element in which a region's result differs from that of its serial text.

    ``indices`` are those subscripts that are known; ``launch`` counts from 1; ``elements`` differ
    in all; ``order`` tells which region's difference came first in the run.
    """

    variable: str
    indices: tuple[int, ...]
    type: str
    serial: str
    device: str
    launch: int
    elements: int
    order: int

    def __str__(self) -> str:
        more = f", and {self.elements - 1} more elements differ" if self.elements > 1 else ""
        launch = f" in launch {self.launch}" if self.launch > 1 else ""
        return (
            f"{self.variable} is {self.device} on the device, {self.serial} serially{launch}{more}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "indices": list(self.indices)}


@dataclass(frozen=True, slots=True)
class RegionComparison:
    """The comparison of one target region with its serial text.

    ``launches`` were compared, with ``elements`` values in all, ``inexact`` of which are equal
    within the tolerance only: ``tolerance`` is relative for doubles (2²⁹ times that for floats),
    and ``worst`` the largest relative difference. ``terms`` is the length of the reduction that
    the tolerance was made from, 0 where nothing is combined. ``sensitive`` values differ by more,
    but rounding sums up or down moves them as far; ``untyped`` words of records differ, which may
    be padding: the region names no member there. ``obstacle`` says why the region was not
    compared, or no longer from some launch on.
    """

    place: Place
    launches: int = 0
    elements: int = 0
    inexact: int = 0
    worst: float = 0.0
    tolerance: float = 0.0
    terms: int = 0
    sensitive: int = 0
    untyped: int = 0
    first: RegionDifference | None = None
    obstacle: str = ""

    def __str__(self) -> str:
        if self.first is not None:
            return f"{self.place}: {self.first}"
        if not self.launches:
            return f"{self.place}: not compared: {self.obstacle}"
        launches = f"{self.launches} launches" if self.launches > 1 else "1 launch"
        text = f"{self.place}: {self.elements} elements equal in {launches}"
        if self.inexact:
            length = f", a reduction of {self.terms} terms" if self.terms else ""
            text += (
                f" ({self.inexact} within a relative tolerance of {self.tolerance:.2g}{length};"
                f" worst {self.worst:.2g})"
            )
        if self.sensitive:
            text += f" ({self.sensitive} within what rounding moves them)"
        if self.untyped:
            text += f" ({self.untyped} words differ that may be padding)"
        return f"{text}; then not: {self.obstacle}" if self.obstacle else text

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        first = self.first.to_json() if self.first else None
        return {**fields, "place": self.place.to_json(), "first": first}


def first_difference(regions: tuple[RegionComparison, ...]) -> RegionComparison | None:
    """Return the region that was the first to compute something else, None if none did."""
    different = [(r.first.order, r) for r in regions if r.first is not None]
    return min(different, key=lambda pair: pair[0])[1] if different else None


def summary(regions: tuple[RegionComparison, ...]) -> str:
    """Say how many of the regions were compared, and which were not."""
    compared = sum(1 for region in regions if region.launches)
    text = f"{compared} of {len(regions)} target regions were compared with their serial text"
    left = [f"line {r.place.line} ({r.obstacle})" for r in regions if not r.launches]
    return f"{text}; not: {', '.join(left)}" if left else text
