# SPDX-License-Identifier: Apache-2.0
"""Compare what object files offer to others: the interface of a result with that of its original.

What an offload build adds by itself is no part of an interface: kernels and their entries, the
runtime's variables, everything whose name starts with a dot. Weak symbols are compared only where
they are the programmer's: in C++ the compiler emits inline functions as weak ones, and those that
are emitted depend on optimization.

Variables and functions that are there on the device (``declare target``) are read off the image
for the host device that an offload object holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.toolchain.command import tool_output
from s2s.verify.static.symbols import NM_SECONDS, Symbol, demangled, external_symbols, find_tool

_OF_THE_COMPILER = re.compile(
    r"\.|__omp_offloading_|__omp_rtl_|__tgt_|__asan_|__tsan_|__odr_asan|_GLOBAL__sub_I_"
    r"|.*_decl_tgt_ref_ptr$|.*\$ompvariant\$|.*\.(?:cache|omp_outlined)\.?$"
)


@dataclass(frozen=True, slots=True)
class ObjectPair:
    """One unit of a program: its object file in the original build and in the result's.

    None where a side has no such unit.
    """

    original: Path | None
    result: Path | None
    is_cxx: bool = False


@dataclass(frozen=True, slots=True)
class InterfaceDifference:
    """One symbol that is not the same; ``what`` is ``missing``, ``added`` or ``changed``."""

    symbol: str
    what: str
    detail: str

    def __str__(self) -> str:
        return f"{self.symbol}: {self.detail}"


@dataclass(frozen=True, slots=True)
class InterfaceComparison:
    """The differences of all units; ``reason`` says why one could not be read, else empty.

    ``symbols`` counts those of the original, which ``is_program`` when ``main`` is among them.
    """

    differences: tuple[InterfaceDifference, ...] = ()
    symbols: int = 0
    is_program: bool = False
    reason: str = ""

    def of(self, *what: str) -> tuple[InterfaceDifference, ...]:
        """Return the differences of some kinds."""
        return tuple(d for d in self.differences if d.what in what)


def compare_interfaces(pairs: Iterable[ObjectPair], clang: Clang) -> InterfaceComparison:
    """Compare the defined external symbols of object files, unit by unit.

    A symbol that moved from one unit to another is still there: it is no difference.
    """
    nm = find_tool(clang, "llvm-nm", "nm")
    if nm is None:
        return InterfaceComparison(reason="neither llvm-nm nor nm is installed")
    before: dict[str, Symbol] = {}
    after: dict[str, Symbol] = {}
    for pair in pairs:
        for path, symbols in ((pair.original, before), (pair.result, after)):
            if path is None:
                continue
            found = external_symbols(path, nm)
            if found is None:
                return InterfaceComparison(reason=f"{nm.name} cannot read {path.name}")
            symbols |= {s.name: s for s in found.values() if _is_interface(s, pair.is_cxx)}
    return InterfaceComparison(_differences(before, after, clang), len(before), "main" in before)


def _is_interface(symbol: Symbol, is_cxx: bool) -> bool:
    return not _OF_THE_COMPILER.match(symbol.name) and not (symbol.weak and is_cxx)


def _differences(
    before: Mapping[str, Symbol], after: Mapping[str, Symbol], clang: Clang
) -> tuple[InterfaceDifference, ...]:
    changed = {
        name: detail
        for name in sorted(before.keys() & after.keys())
        if (detail := _change(before[name], after[name]))
    }
    missing, added = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
    readable = demangled((*changed, *missing, *added), clang)
    return (
        *(InterfaceDifference(readable[n], "missing", "is no longer there") for n in missing),
        *(InterfaceDifference(readable[n], "changed", detail) for n, detail in changed.items()),
        *(InterfaceDifference(readable[n], "added", f"a new {after[n].kind}") for n in added),
    )


def _change(before: Symbol, after: Symbol) -> str:
    """Return in what a symbol is not the same, empty when it is."""
    if before.kind is not after.kind:
        return f"was {before.kind}, is {after.kind}"
    if before.weak is not after.weak:
        return "was weak, is not" if before.weak else "is weak, was not"
    if before.size and after.size and before.size != after.size:
        return f"had {before.size} bytes, has {after.size}"
    return ""


def device_symbols(objects: Path, clang: Clang, scratch: Path) -> dict[str, Symbol] | None:
    """Return what an offload object defines on the device for all its units, by name.

    Those are the external variables and functions under ``declare target``, and functions that a
    target region calls. None when the object holds no image for the host device, or the tools to
    look into it are missing.
    """
    packager = find_tool(clang, "clang-offload-packager")
    nm = find_tool(clang, "llvm-nm", "nm")
    if packager is None or nm is None:
        return None
    image = scratch / f"{objects.stem}.image.o"
    image.unlink(missing_ok=True)
    wanted = f"--image=file={image},triple={clang.host_triple}"
    tool_output([str(packager), str(objects), wanted], NM_SECONDS)
    symbols = external_symbols(image, nm) if image.is_file() else None
    if symbols is None:
        return None
    return {name: s for name, s in symbols.items() if not _OF_THE_COMPILER.match(name)}


def missing_on_device(
    original: Mapping[str, Symbol], result: Mapping[str, Symbol], clang: Clang
) -> tuple[str, ...]:
    """Return what the original declares for the device and the result does not, readable."""
    return tuple(demangled(sorted(original.keys() - result.keys()), clang).values())
