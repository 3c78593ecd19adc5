# SPDX-License-Identifier: Apache-2.0
"""How many warps of a kernel a multiprocessor can hold: a bound, not a measurement.

Registers are given to whole warps, in units of 256, from one of the four partitions of a
multiprocessor; shared memory to blocks, of which each costs 1 KiB more for the system.

Source: NVIDIA, *CUDA C++ Programming Guide*, "Compute Capabilities", and the rules of the occupancy
calculator that comes with Nsight Compute.
"""

from __future__ import annotations

from dataclasses import dataclass

WARP_THREADS = 32
DEFAULT_THREADS = 128
"""Threads of a block that clang launches where nothing asks for another number."""

_REGISTERS = 65536
_REGISTERS_OF_BLOCK = 65536
_REGISTER_UNIT = 256
_PARTITIONS = 4
_SHARED_UNIT = 128
_RESERVED_SHARED = 1024


@dataclass(frozen=True, slots=True)
class Multiprocessor:
    """What a multiprocessor has: resident warps and blocks, bytes of shared memory."""

    warps: int
    blocks: int
    shared: int


MULTIPROCESSORS = {
    "sm_80": Multiprocessor(64, 32, 164 << 10),
    "sm_90": Multiprocessor(64, 32, 228 << 10),
}

AMD_WAVES = {"gfx90a": 8}
"""Waves that a SIMD unit can hold; the compiler tells how many of a kernel it does."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """The fraction of resident warps, and what keeps it from being more (empty: nothing)."""

    fraction: float
    limit: str


def occupancy(arch: str, registers: int, shared: int, threads: int) -> Occupancy | None:
    """Return the bound for blocks of ``threads``; None for an architecture that is not known.

    ``registers`` are per thread, ``shared`` is the static shared memory of a block in bytes. A
    block that does not fit at all has an occupancy of 0.
    """
    processor = MULTIPROCESSORS.get(arch)
    if processor is None:
        return None
    warps = max(1, _round_up(threads, WARP_THREADS) // WARP_THREADS)
    bounds = {
        "threads": min(processor.warps // warps, processor.blocks),
        "registers": _blocks_by_registers(registers, warps),
        "shared memory": processor.shared // (_round_up(shared, _SHARED_UNIT) + _RESERVED_SHARED),
    }
    blocks = min(bounds.values())
    fraction = blocks * warps / processor.warps
    limit = next((name for name, bound in bounds.items() if bound == blocks), "")
    return Occupancy(fraction, limit if fraction < 1.0 else "")


def _blocks_by_registers(registers: int, warps: int) -> int:
    per_warp = _round_up(max(registers, 1) * WARP_THREADS, _REGISTER_UNIT)
    if per_warp * _round_up(warps, _PARTITIONS) > _REGISTERS_OF_BLOCK:
        return 0
    return _REGISTERS // _PARTITIONS // per_warp * _PARTITIONS // warps


def _round_up(number: int, unit: int) -> int:
    return -(-number // unit) * unit
