# SPDX-License-Identifier: Apache-2.0
"""Tier T0 for GPUs that are not there: compile for them and read what the compiler tells.

The source is compiled to optimized IR once, the device's libraries included, and goes on from there
to assembler: registers, spills, stack and shared memory come from ``ptxas -v`` or from the AMDGPU
backend's remarks. The execution mode is in the kernel's environment in the IR; why a kernel is
generic is told by the remarks of the pass ``openmp-opt``, each with its number (``OMP121``).
Without ptxas there is IR only, which still finds what a device cannot have.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from s2s.toolchain.clang import Clang
from s2s.toolchain.command import tool_output
from s2s.verify.invocation import Invocation
from s2s.verify.run import Execution
from s2s.verify.static.kernel_ir import IrKernel, Remark, generic_reason, ir_kernels, remarks_in
from s2s.verify.static.occupancy import AMD_WAVES, DEFAULT_THREADS, occupancy

#: Architectures that results are compiled for, if their tools are there.
ARCHITECTURES = ("sm_80", "sm_90", "gfx90a")

_CUDA = Path("/usr/local/cuda/bin/ptxas")
_ROCM_LIBRARIES = ("/usr/lib/*/amdgcn/bitcode", "/opt/rocm*/amdgcn/bitcode")
_COMPILE_SECONDS = 120.0
_FIRST_THAT_READS_CUDA_13 = 21
_REMARKS = ("-fno-caret-diagnostics", "-Rpass-missed=openmp-opt", "-Rpass-analysis=openmp-opt")

_PTXAS = re.compile(
    r"Compiling entry function '(?P<name>\S+)' for '(?P<arch>\S+)'.*?"
    r"(?P<stack>\d+) bytes stack frame, (?P<stores>\d+) bytes spill stores, "
    r"(?P<loads>\d+) bytes spill loads\s+ptxas info\s+: "
    r"Used (?P<registers>\d+) registers(?P<rest>[^\n]*)",
    re.DOTALL,
)
_AMD_KERNEL = re.compile(r"Function Name: (\S+) \[")
_AMD_FIELD = re.compile(
    r"remark: [^\n]*? +(?P<name>[A-Z]\w*(?: \w+)*)(?: \[[^\]]*\])?: (?P<n>\d+) "
)


@dataclass(frozen=True, slots=True)
class KernelFacts:
    """What a compiler says of one kernel.

    ``line`` is that of the construct, in ``file`` as the compiler names it. ``registers`` are per
    thread, ``spills``, ``shared`` and ``stack`` (local memory of a thread) in bytes; all are -1
    where nothing tells them. ``mode`` is SPMD, or generic, which costs a state machine: ``reason``
    says why, with the compiler's number. ``occupancy`` is a bound, as a fraction of the warps that
    a multiprocessor can hold, 0 if not known; ``limit`` names what sets it.
    """

    line: int
    arch: str
    mode: str
    registers: int = -1
    spills: int = -1
    shared: int = -1
    occupancy: float = 0.0
    stack: int = -1
    reason: str = ""
    file: str = ""
    limit: str = ""

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
    """Return what is missing to build programs that run on an architecture, empty if nothing is.

    CUDA 13 marks what it makes in another way, which LLVM's offload runtime reads since version 21
    (llvm/llvm-project, issue 159088): an older one finds no image for any GPU.
    """
    if not arch.startswith("sm_"):
        return _missing_to_compile(clang, arch)
    assembler = ptxas()
    if assembler is None:
        return "ptxas (NVIDIA's CUDA toolkit)"
    if clang.major < _FIRST_THAT_READS_CUDA_13 and ptxas_major(assembler) >= 13:
        return f"CUDA toolkit before 13, the last that clang {clang.major}'s offload runtime reads"
    return _missing_to_compile(clang, arch)


def ptxas_major(assembler: Path) -> int:
    """Return the version of the CUDA toolkit of an assembler, 0 if it does not tell."""
    match = re.search(r"release (\d+)\.", tool_output([str(assembler), "--version"]) or "")
    return int(match[1]) if match else 0


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


def compile_for_gpu(call: Invocation, arch: str) -> GpuBuild:
    """Compile one source for a GPU, no linking.

    Raises VerificationError when the compiler cannot be started.
    """
    scratch = call.scratch
    module = scratch / f"{arch}.bc"
    to_module = [
        "-O2", "-gline-tables-only", "-fopenmp", f"--offload-arch={arch}",
        "--offload-device-only", "-Qunused-arguments", *call.arguments, str(call.source),
        *_REMARKS, "-c", "-emit-llvm", "-o", str(module),
    ]  # fmt: skip
    runs = [_run(call, call.compiler, to_module)]
    if runs[0].exit_code == 0 and arch.startswith("gfx"):
        linked = module.with_suffix(".linked.bc")
        runs.append(_linked_with_runtime(call, module, linked, arch))
        module = linked
    facts: dict[str, KernelFacts] = {}
    if runs[-1].exit_code == 0:
        remarks = remarks_in(_text(runs[-1]))
        runs += _made_text(call, module, arch)
        facts = _facts(module, arch, remarks, _text(runs[-1]))
    ok = runs[-1].exit_code == 0
    messages = "" if ok else _text(runs[-1]).strip()
    found = tuple(sorted(facts.values(), key=lambda k: (k.file, k.line)))
    return GpuBuild(arch, ok, messages, found, sum(run.seconds for run in runs))


def _facts(
    module: Path, arch: str, remarks: Sequence[Remark], resources: str
) -> dict[str, KernelFacts]:
    """Return what the text of a module, remarks, and the assembler's messages tell of kernels."""
    text = module.with_suffix(".ll")
    kernels = ir_kernels(text.read_text("utf-8", "replace")) if text.exists() else {}
    facts = _modes(kernels, arch, remarks)
    if arch.startswith("gfx"):
        return _with_amd_resources(facts, resources)
    return _with_resources(facts, kernels, resources)


def _linked_with_runtime(call: Invocation, module: Path, target: Path, arch: str) -> Execution:
    """Optimize once more with the device's runtime, as clang does for AMD when it links."""
    runtime = call.clang.library_dir / f"libomptarget-amdgpu-{arch}.bc"
    linked = ("-Xclang", "-mlink-builtin-bitcode", "-Xclang", str(runtime), *_REMARKS)
    return _run(
        call,
        call.clang.path,
        [*_machine(arch), "-O2", *(linked if runtime.exists() else _REMARKS), "-c", "-emit-llvm",
         "-Qunused-arguments", "-x", "ir", str(module), "-o", str(target)],
    )  # fmt: skip


def _made_text(call: Invocation, module: Path, arch: str) -> list[Execution]:
    """Write a module as text, and as assembler; the last run tells of resources.

    NVIDIA's goes on to machine code if ptxas is there.
    """
    text, target, assembler = module.with_suffix(".ll"), module.with_suffix(".s"), ptxas()
    readable = _run(call, call.clang.path, _from_module(arch, module, text, "-emit-llvm"))
    if readable.exit_code != 0:
        return [readable]
    return [readable, *_assembled(call, module, arch, target, assembler)]


def _assembled(
    call: Invocation, module: Path, arch: str, target: Path, assembler: Path | None
) -> list[Execution]:
    if arch.startswith("gfx"):
        remarks = ("-fno-caret-diagnostics", "-Rpass-analysis=kernel-resource-usage")
        return [_run(call, call.clang.path, _from_module(arch, module, target, *remarks))]
    if assembler is None:
        return []
    done = _run(call, call.clang.path, _from_module(arch, module, target))
    if done.exit_code != 0:
        return [done]
    # as clang calls it; -c: undefined functions may be those of other units
    assemble = ["-v", "-m64", "-O2", "-lineinfo", "-c", f"--gpu-name={arch}", str(target), "-o"]
    return [done, _run(call, assembler, [*assemble, str(module.with_suffix(".cubin"))])]


def _from_module(arch: str, module: Path, target: Path, *further: str) -> list[str]:
    """Return arguments that make text of an optimized module, without the optimizer."""
    once = ("-O2", "-Xclang", "-disable-llvm-passes", "-Qunused-arguments", *further)
    return [*_machine(arch), *once, "-S", "-x", "ir", str(module), "-o", str(target)]


def _machine(arch: str) -> tuple[str, ...]:
    """Return the arguments that name a device when IR is compiled."""
    if arch.startswith("gfx"):
        return ("--target=amdgcn-amd-amdhsa", f"-mcpu={arch}", "-nogpulib")
    return ("--target=nvptx64-nvidia-cuda", f"-march={arch}", "-nogpulib")


def _run(call: Invocation, compiler: Path, arguments: list[str]) -> Execution:
    environment = {**os.environ, "LIBRARY_PATH": str(call.clang.library_dir)}
    return call.ask(compiler, arguments, environment)


def _text(done: Execution) -> str:
    """Return what a tool said; ptxas says it on standard error, too."""
    return done.stderr.decode("utf-8", "replace")


def _modes(
    kernels: Mapping[str, IrKernel], arch: str, remarks: Sequence[Remark]
) -> dict[str, KernelFacts]:
    reasons = generic_reason(kernels, remarks)
    return {
        name: KernelFacts(
            kernel.line, arch, kernel.mode, reason=reasons.get(name, ""), file=kernel.file
        )
        for name, kernel in kernels.items()
    }


def _with_resources(
    facts: dict[str, KernelFacts], kernels: Mapping[str, IrKernel], text: str
) -> dict[str, KernelFacts]:
    """Add what ptxas tells of each kernel, and the occupancy that follows from it."""
    out = dict(facts)
    for match in _PTXAS.finditer(text):
        known = facts.get(match["name"])
        if known is None:
            continue
        found = re.search(r"(\d+) bytes smem", match["rest"])
        registers, shared = int(match["registers"]), int(found[1]) if found else 0
        threads = kernels[match["name"]].threads or DEFAULT_THREADS
        bound = occupancy(known.arch, registers, shared, threads)
        out[match["name"]] = replace(
            known,
            registers=registers,
            spills=int(match["stores"]) + int(match["loads"]),
            shared=shared,
            stack=int(match["stack"]),
            occupancy=round(bound.fraction, 3) if bound else 0.0,
            limit=bound.limit if bound else "",
        )
    return out


def _with_amd_resources(facts: dict[str, KernelFacts], text: str) -> dict[str, KernelFacts]:
    """Add what the AMDGPU backend tells of each kernel; spilled registers count four bytes."""
    out = dict(facts)
    parts = _AMD_KERNEL.split(text)
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        known = facts.get(name)
        if known is None:
            continue
        fields = {m["name"]: int(m["n"]) for m in _AMD_FIELD.finditer(rest)}
        spills = fields.get("SGPRs Spill", 0) + fields.get("VGPRs Spill", 0)
        waves = AMD_WAVES.get(known.arch)
        out[name] = replace(
            known,
            registers=fields.get("VGPRs", -1),
            spills=4 * spills,
            shared=fields.get("LDS Size", -1),
            stack=fields.get("ScratchSize", -1),
            occupancy=round(fields.get("Occupancy", 0) / waves, 3) if waves else 0.0,
        )
    return out
