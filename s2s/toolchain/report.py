# SPDX-License-Identifier: Apache-2.0
"""What this machine has, for ``s2s doctor``. Nothing is printed here."""

from __future__ import annotations

import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from s2s.toolchain.clang import Clang, host_triple
from s2s.toolchain.command import tool_output
from s2s.toolchain.discover import INSTALL_OFFLOAD, discover_clang, find_resource_dir
from s2s.toolchain.gcc import discover_gcc

_PROBE = b"""\
int main(void) {
    int on_host = 1, sum = 0;
    #pragma omp target teams distribute parallel for reduction(+: sum) map(from: on_host)
    for (int i = 0; i < 10; i++) { sum += i; if (i == 0) on_host = 0; }
    return sum != 45 || on_host;
}
"""
_CUDA = Path("/usr/local/cuda/bin")


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that may be there: what it is, where, what it enables, how to get it.

    ``install`` is empty when it is there, ``version`` and ``path`` are empty when it is not.
    """

    name: str
    found: bool
    version: str
    path: str
    enables: str
    install: str
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields."""
        return {name: getattr(self, name) for name in self.__slots__}


def report() -> tuple[Capability, ...]:
    """Return all capabilities, found or missing; takes about a second (one real compilation).

    Raises ToolchainError when ``S2S_CLANG`` names something that is no clang installation.
    """
    clang = discover_clang()
    with ThreadPoolExecutor(max_workers=4) as pool:
        groups = [
            pool.submit(_clang, clang),
            pool.submit(_host_offload, clang),
            pool.submit(_headers),
            pool.submit(_gpu_offload, clang),
            pool.submit(_sanitizers, clang),
            pool.submit(_gcc),
            pool.submit(_cuda),
            pool.submit(_gpus),
            pool.submit(_graphviz),
            pool.submit(_z3),
        ]
        return tuple(capability for group in groups for capability in group.result())


def probe_host_offload(clang: Clang) -> str:
    """Compile and run a tiny target region; return an empty text or what went wrong."""
    with tempfile.TemporaryDirectory(prefix="s2s-doctor-") as name:
        source = Path(name, "probe.c")
        source.write_bytes(_PROBE)
        binary = str(source.with_suffix(""))
        flags = ["-O1", "-fopenmp", f"-fopenmp-targets={clang.host_triple}"]
        build = [str(clang.path), *flags, str(source), "-o", binary]
        if tool_output(build, timeout=60) is None:
            return "a small target region does not compile"
        environment = [f"LD_LIBRARY_PATH={clang.library_dir}", "OMP_TARGET_OFFLOAD=MANDATORY"]
        if tool_output(["env", *environment, binary], timeout=60) is None:
            return "a small target region compiles, but does not run on the host device"
    return ""


def _found(name: str, version: str, path: Path | str, enables: str, detail: str = "") -> Capability:
    return Capability(name, True, version, str(path), enables, "", detail)


def _missing(name: str, enables: str, install: str, detail: str = "") -> Capability:
    return Capability(name, False, "", "", enables, install, detail)


def _clang(clang: Clang | None) -> list[Capability]:
    enables = "compiling results; parsing with its builtin headers"
    if clang is None:
        return [_missing("clang", enables, INSTALL_OFFLOAD)]
    version = _version([str(clang.path), "--version"], r"version (\d[\w.]*)") or clang.version
    return [_found("clang", version, clang.path, enables)]


def _host_offload(clang: Clang | None) -> list[Capability]:
    name = "OpenMP host offload"
    enables = "`--verify`: target regions run on this processor with a device memory of their own"
    if clang is None:
        return [_missing(name, enables, INSTALL_OFFLOAD, "there is no clang")]
    if not clang.host_offload:
        lacks = f"{clang.path} lacks {', '.join(clang.missing)}"
        return [_missing(name, enables, INSTALL_OFFLOAD, lacks)]
    failure = probe_host_offload(clang)
    if failure:
        return [_missing(name, enables, INSTALL_OFFLOAD, failure)]
    detail = f"a target region was compiled for {host_triple()} and run"
    return [_found(name, clang.version, clang.library_dir, enables, detail)]


def _headers() -> list[Capability]:
    enables = "parsing with a compiler's own builtin headers; without, s2s uses a small set"
    directory = find_resource_dir()
    if directory is None:
        install = "apt-get install libclang-common-19-dev"
        return [_missing("clang builtin headers", enables, install)]
    return [_found("clang builtin headers", directory.name, directory, enables)]


def _gpu_offload(clang: Clang | None) -> list[Capability]:
    out = []
    targets = clang.gpu_targets if clang is not None else ()
    for maker, prefixes in (("NVIDIA", ("sm_", "nvptx")), ("AMD", ("gfx", "amdgcn"))):
        name = f"OpenMP offload to {maker} GPUs"
        enables = f"building results for {maker} GPUs with clang"
        mine = [target for target in targets if target.startswith(prefixes)]
        if clang is None or not mine:
            out.append(_missing(name, enables, "apt-get install clang-19 libomp-19-dev"))
        else:
            out.append(_found(name, clang.version, clang.library_dir, enables, " ".join(mine)))
    return out


def _sanitizers(clang: Clang | None) -> list[Capability]:
    enables = "the guard and race tiers of the verification"
    libraries = sorted(clang.resource_dir.glob("lib/*/libclang_rt.[at]san*.so")) if clang else []
    if clang is None or not libraries:
        return [_missing("sanitizer runtimes", enables, "apt-get install libclang-rt-19-dev")]
    return [_found("sanitizer runtimes", clang.version, libraries[0].parent, enables)]


def _gcc() -> list[Capability]:
    gcc = discover_gcc()
    name, enables = "gcc", "a second compiler"
    if gcc is None:
        return [_missing(name, enables, "apt-get install gcc g++")]
    version = _version([str(gcc.path), "-dumpfullversion"], r"^(\d[\w.]*)") or gcc.version
    offload, install = "gcc offload", f"apt-get install gcc-{gcc.version or '12'}-offload-nvptx"
    enables_offload = "building results with gcc for a GPU"
    out = [_found(name, version, gcc.path, enables)]
    if gcc.offload_targets:
        targets = " ".join(gcc.offload_targets)
        out.append(_found(offload, version, gcc.path, enables_offload, targets))
    else:
        out.append(_missing(offload, enables_offload, install))
    return out


def _cuda() -> list[Capability]:
    out = []
    install = "install NVIDIA's CUDA toolkit (apt-get install cuda-nvcc-13-0 from their repository)"
    for name, enables in (
        ("ptxas", "static facts on kernels (registers, spills) and code for NVIDIA GPUs"),
        ("nvcc", "building CUDA references"),
    ):
        path = shutil.which(name) or shutil.which(name, path=str(_CUDA))
        version = _version([path, "--version"], r"release [\d.]+, V(\S+)") if path else ""
        if path is None:
            out.append(_missing(name, enables, install))
        else:
            out.append(_found(name, version, path, enables))
    return out


def _gpus() -> list[Capability]:
    return [_nvidia_gpu(), _amd_gpu()]


def _nvidia_gpu() -> Capability:
    name, enables = "NVIDIA GPU", "running results on a GPU, real times"
    path = shutil.which("nvidia-smi")
    if path is None:
        return _missing(name, enables, "a machine with an NVIDIA GPU and its driver")
    query = [path, "--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader"]
    rows = [line.split(", ") for line in (tool_output(query) or "").splitlines()]
    gpus = [row for row in rows if len(row) == 3]
    if not gpus:
        return _missing(name, enables, "a GPU and its driver", "nvidia-smi finds no GPU")
    detail = "; ".join(f"{gpu} (sm_{level.replace('.', '')})" for gpu, level, _ in gpus)
    return _found(name, gpus[0][2], path, enables, detail)


def _amd_gpu() -> Capability:
    name, enables = "AMD GPU", "running results on a GPU, real times"
    if not Path("/dev/kfd").exists():
        return _missing(name, enables, "a machine with an AMD GPU and the amdgpu driver")
    nodes = sorted(Path("/sys/class/kfd/kfd/topology/nodes").glob("*/properties"))
    texts = [node.read_text(errors="replace") for node in nodes]
    levels = [m[1] for m in (re.search(r"^gfx_target_version (\d+)", t, re.M) for t in texts) if m]
    detail = " ".join(f"gfx version {level}" for level in levels if int(level) > 0)
    return _found(name, "", "/dev/kfd", enables, detail)


def _graphviz() -> list[Capability]:
    enables = "`s2s analyze --graph out.svg` (a .dot file needs nothing)"
    path = shutil.which("dot")
    if path is None:
        return [_missing("graphviz", enables, "apt-get install graphviz")]
    return [_found("graphviz", _version([path, "-V"], r"version (\S+)"), path, enables)]


def _z3() -> list[Capability]:
    name, enables = "z3", "subscripts that are no affine expressions, such as `i*(i+1)/2 + j`"
    found = find_spec("z3")
    if found is None or found.origin is None:
        return [_missing(name, enables, "pip install 's2s[z3]'")]
    try:
        number = version("z3-solver")
    except PackageNotFoundError:
        number = ""
    return [_found(name, number, Path(found.origin).parent, enables)]


def _version(command: list[str], pattern: str) -> str:
    """Return the version that a tool tells of itself, empty when it tells none."""
    match = re.search(pattern, tool_output(command) or "", re.M)
    return match[1] if match else ""
