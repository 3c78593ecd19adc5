# SPDX-License-Identifier: Apache-2.0
"""Flags, libraries and runtime sources of the instrumented builds (tiers T2 and T3)."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.verify.run import RunCommand, device_environment

RUNTIME = Path(__file__).with_name("runtime")

_GUARD_SOURCES = (
    "guard.c",
    "host_memory.c",
    "mappings.c",
    "staleness.c",
    "report.c",
    "transfers.c",
    "returned_reads.c",
)
_GUARD_FLAGS = (
    "-fno-omit-frame-pointer",
    *("-fsanitize=address", "-fsanitize-recover=address"),
    # accesses that cannot be out of bounds may still be stale
    *("-mllvm", "-asan-use-stack-safety=0"),
    *("-mllvm", "-asan-opt-globals=0"),
)
_RACE_FLAGS = (
    "-fsanitize=thread",
    # accesses that are moved out of a loop lose their line
    *("-mllvm", "-disable-licm-promotion"),
    # what is shared stays shared
    *("-mllvm", "-openmp-opt-disable"),
)
_RACE_SOURCES = ("league_edges.c", "watched_accesses.c")
#: One operation stays one instruction in one block, which is seen each time it runs.
COUNTING_FLAGS = (
    *("-O1", "-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops"),
    *("-Xarch_device", "-fsanitize-coverage=trace-pc-guard,bb,no-prune,trace-loads,trace-stores"),
)
RUNTIME_FLAGS = ("-O2", "-g1", "-fPIC", "-fno-builtin")
SCREENING_FLAGS = (
    *("-O1", "-g1", "-w"),
    "-fsanitize=address,undefined,float-cast-overflow",
    "-fno-sanitize=vla-bound",  # arrays of no elements are what sizes of 0 are for
    "-fno-sanitize-recover=all",
)
"""Of serial builds that end where the program does what C does not define."""
_MEASURING_FLAGS = ("-O1", "-g1", "-w", "-fsanitize-coverage=func,trace-loads,trace-stores")


@dataclass(frozen=True, slots=True)
class Instrumentation:
    """How programs of one kind are compiled and linked.

    ``runtime`` are C sources of ours that are compiled with RUNTIME_FLAGS and linked in;
    ``libraries`` are linked by name, because the driver would link the static runtime of the
    sanitizer, which the image for the device cannot be linked with. ``missing`` names the files
    that are not there, so that nothing can be built.
    """

    compile_flags: tuple[str, ...]
    libraries: tuple[Path, ...]
    runtime: tuple[Path, ...]
    missing: tuple[str, ...]


def sanitizer_dir(clang: Clang) -> Path:
    """Return the directory with compiler-rt's libraries."""
    for name in (clang.host_triple, "linux"):
        directory = clang.resource_dir / "lib" / name
        if directory.is_dir():
            return directory
    return clang.resource_dir / "lib" / "linux"


def guard_instrumentation(clang: Clang) -> Instrumentation:
    """AddressSanitizer with the guard of ``runtime/``."""
    libraries = _libraries(clang, ("asan.so", "asan_static.a"))
    return _instrumentation(clang, _GUARD_FLAGS, libraries, _GUARD_SOURCES)


def race_instrumentation(clang: Clang) -> Instrumentation:
    """ThreadSanitizer with Archer and the edges of leagues."""
    libraries = _libraries(clang, ("tsan.so",))
    made = _instrumentation(clang, _RACE_FLAGS, libraries, _RACE_SOURCES)
    archer = archer_library(clang)
    if archer.is_file():
        return made
    return replace(made, missing=(*made.missing, archer.name))


def archer_library(clang: Clang) -> Path:
    """Return the OMPT tool that tells ThreadSanitizer of OpenMP's synchronisation."""
    return clang.library_dir / "libarcher.so"


def symbolizer(clang: Clang) -> Path:
    """Return the program that turns addresses into places."""
    return clang.path.resolve().with_name("llvm-symbolizer")


def sanitizer_options(options: Mapping[str, object]) -> str:
    """Return options in the form that sanitizers read from the environment."""
    return ":".join(f"{name}={value}" for name, value in options.items())


def sanitizer_environment(clang: Clang, command: RunCommand) -> dict[str, str]:
    """Return the environment of an instrumented run on the host device."""
    environment = device_environment(clang, dict(command.environment))
    environment.pop("LIBOMPTARGET_INFO", None)
    libraries = f"{sanitizer_dir(clang)}:{environment['LD_LIBRARY_PATH']}"
    environment.setdefault("KMP_BLOCKTIME", "0")  # threads that spin are in the way of slow ones
    return {**environment, "LD_LIBRARY_PATH": libraries}


def measuring_flags(clang: Clang) -> tuple[str, ...]:
    """Return the flags of serial builds that report every access (to ``runtime/harness.c``).

    They end at the use of a value that was never set, where this clang can find those.
    """
    if missing_for_measuring(clang):
        return _MEASURING_FLAGS
    return (*_MEASURING_FLAGS, "-fsanitize=memory", "-fno-sanitize-recover=all")


def missing_for_measuring(clang: Clang) -> tuple[str, ...]:
    """Return the libraries without which the use of unset values is not seen."""
    return tuple(p.name for p in _libraries(clang, ("msan.a",)) if not p.is_file())


def missing_for_screening(clang: Clang) -> tuple[str, ...]:
    """Return the libraries without which undefined behaviour is not seen."""
    libraries = _libraries(clang, ("asan.a", "ubsan_standalone.a"))
    return tuple(p.name for p in libraries if not p.is_file())


def _libraries(clang: Clang, names: tuple[str, ...]) -> tuple[Path, ...]:
    directory = sanitizer_dir(clang)
    out = []
    for name in names:
        stem, _, suffix = name.partition(".")
        plain = directory / f"libclang_rt.{stem}.{suffix}"
        with_machine = directory / f"libclang_rt.{stem}-{platform.machine()}.{suffix}"
        out.append(plain if plain.exists() else with_machine)
    return tuple(out)


def _instrumentation(
    clang: Clang, flags: tuple[str, ...], libraries: tuple[Path, ...], sources: tuple[str, ...]
) -> Instrumentation:
    header = clang.resource_dir / "include" / "omp-tools.h"
    needed = (*libraries, header)
    missing = tuple(path.name for path in needed if not path.is_file())
    if platform.machine() != "x86_64":
        missing = (*missing, f"a guard for {platform.machine()}")
    return Instrumentation(
        ("-O1", *flags),
        libraries,
        tuple(RUNTIME / name for name in sources),
        missing,
    )
