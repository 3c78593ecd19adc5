# SPDX-License-Identifier: Apache-2.0
"""The cases that a single function is run with: sizes, numbers, seeds, and pointers that overlap.

Everything is a function of the signature, so that two verifications try the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from s2s.verify.function.signature import BufferInput, ScalarInput, Signature

SIZES = (0, 1, 2, 3, 5, 8, 13)
"""None, one, odd, even and prime sizes."""
LARGE = {0: (64,), 1: (61, 10007), 2: (61, 211), 3: (31, 47), 4: (17,)}
"""Larger sizes, by the depth of the loops: about a million iterations at most."""
_MIXED = (1, 2, 3, 4, 5, 7, 13, 16)
_MIXED_CASES = 6
_MORE_CASES = 30
_FLAGS = (1, 0, 2, 3, 5)
_MAX_OVERLAPS = 4
_MAX_WINDOW = 1 << 21


@dataclass(frozen=True, slots=True)
class BufferPlan:
    """A buffer in one case: elements ``low`` … ``high`` - 1; ``range`` bounds its subscripts.

    ``alias`` is the number of the buffer whose memory it shares, from element ``shift`` on.
    """

    low: int = 0
    high: int = 0
    range: int = 0
    alias: int = -1
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One call: integers and real numbers by the number of the input, and buffers.

    ``repeats`` tells that subscripts in memory may occur more than once.
    """

    label: str
    seed: int
    repeats: bool
    integers: Mapping[int, int]
    reals: Mapping[int, float]
    buffers: Mapping[int, BufferPlan] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The case as ``harness.c`` reads it."""
        lines = [f"case {self.label} {self.seed} {int(self.repeats)}"]
        lines += [f"i {number} {value}" for number, value in self.integers.items()]
        lines += [f"r {number} {value!r}" for number, value in self.reals.items()]
        lines += [
            f"b {number} {b.low} {b.high} {b.range} {b.alias} {b.shift}"
            for number, b in self.buffers.items()
        ]
        return "\n".join([*lines, "end", ""])

    def with_ranges(self, ranges: Mapping[int, int]) -> Case:
        """Return the case with other ranges of subscripts."""
        changed = {n: replace(self.buffers[n], range=r) for n, r in ranges.items()}
        return replace(self, buffers={**self.buffers, **changed})


def cases_for(signature: Signature, depth: int) -> tuple[Case, ...]:
    """Return the cases for a function whose loops are nested ``depth`` deep."""
    return tuple(_Cases(signature, depth).all())


def more_cases_for(signature: Signature, depth: int) -> tuple[Case, ...]:
    """Return cases with other sizes, for a function that few cases suit."""
    return tuple(_Cases(signature, depth).more())


class _Cases:
    def __init__(self, signature: Signature, depth: int) -> None:
        self._signature = signature
        self._depth = depth
        self._sizes = [(n, s) for n, s in signature.scalars if _is_size(s)]
        self._labels: set[str] = set()

    def all(self) -> Iterator[Case]:
        """Yield the cases, small ones first."""
        large = LARGE[min(self._depth, max(LARGE))]
        if self._sizes:
            for seed, size in enumerate((*SIZES, *large)):
                yield from self._case([size] * len(self._sizes), seed)
            yield from self._case([large[0]] * len(self._sizes), 3)
            yield from self._mixed(range(_MIXED_CASES))
        else:
            for seed in range(4):
                yield from self._case([], seed)
        for number, (first, second) in enumerate(self._signature.may_overlap[:_MAX_OVERLAPS]):
            for size, shift in ((SIZES[-1], 0), (SIZES[-1], 1), (SIZES[-1], -1), (large[0], -2)):
                sizes = [size] * len(self._sizes)
                yield from self._case(sizes, number + 1, first, second, shift)

    def more(self) -> Iterator[Case]:
        """Yield cases with other sizes than those of ``all``."""
        yield from self._mixed(range(_MIXED_CASES, _MIXED_CASES + _MORE_CASES))

    def _mixed(self, seeds: Sequence[int]) -> Iterator[Case]:
        """Yield cases whose sizes differ."""
        if len(self._sizes) < 2:
            return
        for seed in seeds:
            chance = random.Random(seed)
            yield from self._case([chance.choice(_MIXED) for _ in self._sizes], seed)

    def _case(
        self,
        sizes: Sequence[int],
        seed: int,
        first: BufferInput | None = None,
        second: BufferInput | None = None,
        shift: int = 0,
    ) -> Iterator[Case]:
        integers = {
            number: max(size, 1) if scalar.is_divisor else size
            for (number, scalar), size in zip(self._sizes, sizes, strict=True)
        }
        integers |= self._flags(seed)
        reals = {
            number: (1 + (3 * seed + number) % 7) / 4
            for number, s in self._signature.scalars if s.element.kind[0] == "f"
        }  # fmt: skip
        buffers = {n: self._window(sizes) for n, _ in self._signature.buffers}
        names = {number: scalar.symbol.name for number, scalar in self._signature.scalars}
        label = ",".join([*(f"{names[n]}={v}" for n, v in integers.items()), f"seed={seed}"])
        if first is not None and second is not None:
            numbers = {b: n for n, b in self._signature.buffers}
            alias, shared = numbers[second], numbers[first]
            buffers[alias] = replace(buffers[alias], alias=shared, shift=shift)
            label += f",{second.symbol.name}={first.symbol.name}" + (f"{shift:+}" if shift else "")
        if label not in self._labels:
            self._labels.add(label)
            yield Case(label, seed, seed % 2 == 1, integers, reals, buffers)

    def _flags(self, seed: int) -> dict[int, int]:
        """Return values for the integers that are no sizes."""
        return {
            number: 1 if scalar.is_divisor else _FLAGS[(seed + number) % len(_FLAGS)]
            for number, scalar in self._signature.scalars
            if scalar.element.kind[0] != "f" and not _is_size(scalar)
        }

    def _window(self, sizes: Sequence[int]) -> BufferPlan:
        """Return the elements that a buffer has while it is found out which are used."""
        side = max(sizes, default=64) + 3
        elements = max(4 * side ** max(self._depth, 1), 4096)
        if side < 512:
            elements = max(elements, 2 * side * side)
        return BufferPlan(-min(elements, 1 << 16), min(elements, _MAX_WINDOW), 1)


def _is_size(scalar: ScalarInput) -> bool:
    return scalar.is_size and scalar.element.kind[0] != "f"
