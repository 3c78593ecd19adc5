# SPDX-License-Identifier: Apache-2.0
"""Tier T0 for GPUs that are not there: compile for them and read what the compiler tells.

Registers, spills and shared memory come from ``ptxas -v``, the execution mode from the kernel's
environment in the LLVM IR. Without ptxas the code is compiled to IR only, which still finds what a
device cannot have.

Occupancy is the bound that registers, threads and shared memory set (NVIDIA, *CUDA C++ Programming
Guide*, "Compute Capabilities"), for the block size that clang launches by default.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from s2s.toolchain.clang import Clang
from s2s.verify.run import Execution, PlainSink, RunCommand, execute

#: Architectures that results are compiled for, if their tools are there.
ARCHITECTURES = ("sm_80", "sm_90", "gfx90a")

_CUDA = Path("/usr/local/cuda/bin/ptxas")
_ROCM_LIBRARIES = ("/usr/lib/*/amdgcn/bitcode", "/opt/rocm*/amdgcn/bitcode")
_COMPILE_SECONDS = 120.0

_REGISTERS = 65536
_REGISTER_UNIT = 256
_WARPS = 64
_BLOCKS = 32
_SHARED_BYTES = {"sm_80": 164 << 10, "sm_90": 228 << 10}
_DEFAULT_THREADS = 128

_PTXAS = re.compile(
    r"Compiling entry function '(?P<name>\S+)' for '(?P<arch>\S+)'.*?"
    r"(?P<stack>\d+) bytes stack frame, (?P<stores>\d+) bytes spill stores, "
    r"(?P<loads>\d+) bytes spill loads\s+ptxas info\s+: "
    r"Used (?P<registers>\d+) registers(?P<rest>[^\n]*)",
    re.DOTALL,
)
_ENVIRONMENT = re.compile(
    r"@(?P<name>\S+)_kernel_environment = .*?ConfigurationEnvironmentTy "
    r"\{ i8 (?P<state_machine>\d+), i8 \d+, i8 (?P<mode>\d+), i32 -?\d+, i32 (?P<threads>-?\d+)"
)
_MODES = {1: "generic", 2: "SPMD", 3: "generic-SPMD"}


@dataclass(frozen=True, slots=True)
class KernelFacts:
    """What a compiler says of one kernel.

    ``line`` is that of the construct. ``registers`` are per thread, ``spills`` and ``shared`` in
    bytes; all are -1 without ptxas. ``mode`` is SPMD, or generic, which costs a state machine.
    ``occupancy`` is a fraction of the warps that a multiprocessor can hold, 0 if not known.
    """

    line: int
    arch: str
    mode: str
    registers: int = -1
    spills: int = -1
    shared: int = -1
    occupancy: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class GpuBuild:
    """What became of compiling a source for one architecture."""

    arch: str
    ok: bool
    messages: str
    kernels: tuple[KernelFacts, ...]
    seconds: float


def gpu_architectures(clang: Clang) -> tuple[str, ...]:
    """Return the architectures that this machine can compile for."""
    return tuple(arch for arch in ARCHITECTURES if not _missing_to_compile(clang, arch))


def device_libraries_missing(clang: Clang, arch: str) -> str:
    """Return what is missing to build whole programs for an architecture, empty if nothing is."""
    if arch.startswith("sm_") and ptxas() is None:
        return "ptxas (NVIDIA's CUDA toolkit)"
    return _missing_to_compile(clang, arch)


def _missing_to_compile(clang: Clang, arch: str) -> str:
    family = "amdgcn" if arch.startswith("gfx") else "nvptx64"
    if not {arch, family}.intersection(clang.gpu_targets):
        return f"offload runtime for {arch} beside {clang.path}"
    if arch.startswith("gfx") and not any(any(Path("/").glob(p[1:])) for p in _ROCM_LIBRARIES):
        return "rocm-device-libs"
    return ""


def ptxas() -> Path | None:
    """Return NVIDIA's assembler, None where it is not installed."""
    found = shutil.which("ptxas")
    return Path(found) if found else _CUDA if _CUDA.exists() else None


def compile_for_gpu(
    clang: Clang, source: Path, arguments: Sequence[str], arch: str, scratch: Path, is_cxx: bool
) -> GpuBuild:
    """Compile one source for a GPU, no linking; ``arguments`` are the user's."""
    compiler = clang.cxx_path if is_cxx else clang.path
    common = ["-O2", "-gline-tables-only", "-fopenmp", f"--offload-arch={arch}"]
    common += ["--offload-device-only", "-Qunused-arguments", *arguments, str(source)]
    ir = scratch / f"{arch}.ll"
    first = _run(compiler, [*common, "-S", "-emit-llvm", "-o", str(ir)], clang)
    kernels = _modes(ir, arch) if first.exit_code == 0 else {}
    done, seconds = first, first.seconds
    if first.exit_code == 0 and arch.startswith("sm_") and ptxas() is not None:
        to = str(scratch / f"{arch}.o")
        done = _run(compiler, [*common, "-c", "-Xcuda-ptxas", "-v", "-o", to], clang)
        seconds += done.seconds
        kernels = _with_resources(kernels, done.stderr.decode("utf-8", "replace"))
    messages = "" if done.exit_code == 0 else done.stderr.decode("utf-8", "replace")
    found = tuple(sorted(kernels.values(), key=lambda k: k.line))
    return GpuBuild(arch, done.exit_code == 0, messages.strip(), found, seconds)


def _run(compiler: Path, arguments: list[str], clang: Clang) -> Execution:
    environment = {**os.environ, "LIBRARY_PATH": str(clang.library_dir)}
    command = RunCommand(str(compiler), tuple(arguments))
    return execute(compiler, command, Path.cwd(), environment, _COMPILE_SECONDS, PlainSink())


def _modes(ir: Path, arch: str) -> dict[str, KernelFacts]:
    out = {}
    for match in _ENVIRONMENT.finditer(ir.read_text("utf-8", "replace")):
        line = re.search(r"_l(\d+)(?:_\w+)?$", match["name"])
        mode = _MODES.get(int(match["mode"]), "unknown")
        out[match["name"]] = KernelFacts(int(line[1]) if line else 0, arch, mode)
    return out


def _with_resources(kernels: dict[str, KernelFacts], text: str) -> dict[str, KernelFacts]:
    for match in _PTXAS.finditer(text):
        known = kernels.get(match["name"])
        if known is None:
            continue
        shared = re.search(r"(\d+) bytes smem", match["rest"])
        facts = replace(
            known,
            registers=int(match["registers"]),
            spills=int(match["stores"]) + int(match["loads"]),
            shared=int(shared[1]) if shared else 0,
        )
        kernels[match["name"]] = replace(facts, occupancy=_occupancy(facts))
    return kernels


def _occupancy(facts: KernelFacts, threads: int = _DEFAULT_THREADS) -> float:
    """Return the fraction of warps that can be resident for a block of ``threads``."""
    warps = (threads + 31) // 32
    per_warp = -(-facts.registers * 32 // _REGISTER_UNIT) * _REGISTER_UNIT
    blocks = min(_REGISTERS // max(1, per_warp * warps), _WARPS // warps, _BLOCKS)
    limit = _SHARED_BYTES.get(facts.arch)
    if facts.shared > 0 and limit is not None:
        blocks = min(blocks, limit // facts.shared)
    return round(blocks * warps / _WARPS, 2)
