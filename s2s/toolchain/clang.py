# SPDX-License-Identifier: Apache-2.0
"""One installed clang: where its parts lie and what it can build.

Everything here is found by looking at files: no process is started and none of the modules that
start processes is imported, because the front end asks at every start.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from pathlib import Path

HEADER_VERSION = 18
"""The version of libclang that parses; headers of a clang close to it suit it best."""

_TRIPLES = {
    "x86_64": "x86_64-pc-linux-gnu",
    "aarch64": "aarch64-unknown-linux-gnu",
    "ppc64le": "powerpc64le-unknown-linux-gnu",
    "s390x": "s390x-unknown-linux-gnu",
}
_FIRST_BUILT_IN_HOST_PLUGIN = 19


@dataclass(frozen=True, slots=True)
class Clang:
    """A clang installation.

    ``version`` is the major version as text, as precise as the file names tell. ``library_dir``
    holds libomp and libomptarget and belongs on ``LD_LIBRARY_PATH``. ``host_offload`` tells that
    all parts are there to run target regions on this machine's own processor; ``missing`` names
    those that are not. ``gpu_targets`` are the GPU architectures (``sm_90``, ``gfx90a``, or a
    whole family such as ``nvptx64``) that there is a device runtime for.
    """

    path: Path
    cxx_path: Path
    version: str
    resource_dir: Path
    library_dir: Path
    host_offload: bool
    missing: tuple[str, ...]
    gpu_targets: tuple[str, ...]

    @property
    def host_triple(self) -> str:
        """The target triple of this machine, as ``-fopenmp-targets=`` takes it."""
        return host_triple()

    @property
    def major(self) -> int:
        """The major version as a number."""
        return int(self.version.split(".")[0])


def host_triple() -> str:
    """Return the target triple of this machine's processor under Linux."""
    machine = platform.machine()
    return _TRIPLES.get(machine, f"{machine}-unknown-linux-gnu")


def inspect_clang(path: Path) -> Clang | None:
    """Return what the files around a clang command tell; None when it is no usable installation.

    A distribution's ``/usr/bin/clang-19`` is a link into ``/usr/lib/llvm-19/bin``; the headers and
    libraries lie beside the folder that the link leads to.
    """
    real = path.resolve()
    resource_dir = resource_dir_of(path)
    if resource_dir is None:
        return None
    version = resource_dir.name
    prefix = real.parent.parent
    library_dir = _library_dir(prefix)
    missing = tuple(_missing_for_host_offload(real.parent, library_dir, version))
    return Clang(
        path=path,
        cxx_path=_cxx_path(path, real),
        version=version,
        resource_dir=resource_dir,
        library_dir=library_dir,
        host_offload=not missing,
        missing=missing,
        gpu_targets=_gpu_targets(library_dir),
    )


def resource_dir_of(path: Path) -> Path | None:
    """Return the folder with the builtin headers that belong to a clang command."""
    real = path.resolve()
    found = resource_dirs(real.parent.parent)
    suffix = re.search(r"-(\d+)$", real.name)
    if suffix is not None:
        found = tuple(d for d in found if major_of(d) == int(suffix[1])) or found
    return found[-1] if found else None


def resource_dirs(prefix: Path) -> tuple[Path, ...]:
    """Return all resource directories under an installation prefix, oldest first."""
    found: dict[Path, Path] = {}
    for library in ("lib", "lib64"):
        for entry in prefix.joinpath(library, "clang").glob("[0-9]*"):
            if entry.joinpath("include", "stddef.h").is_file():
                found.setdefault(entry.resolve(), entry.resolve())
    return tuple(sorted(found, key=lambda entry: (major_of(entry), entry.name)))


def major_of(resource_dir: Path) -> int:
    """Return the major version that a resource directory is named after."""
    return int(resource_dir.name.split(".")[0])


def _cxx_path(path: Path, real: Path) -> Path:
    """Return the C++ driver beside the C one, with the same version suffix."""
    name = re.sub(r"^clang", "clang++", path.name)
    beside = path.with_name(name)
    return beside if beside.exists() else real.with_name("clang++")


def _library_dir(prefix: Path) -> Path:
    folders = [prefix / "lib", prefix / "lib64", prefix / "lib" / host_triple()]
    folders += sorted(prefix.glob("lib/*-linux-gnu"))
    for folder in folders:
        if any(folder.glob("libomptarget.so*")):
            return folder
    return next((f for f in folders if any(f.glob("libomp.so*"))), folders[0])


def _missing_for_host_offload(bin_dir: Path, library_dir: Path, version: str) -> list[str]:
    """Return the names of the parts that an offload build for this machine needs and lacks.

    Until version 18 the plugin for the host is a library of its own, since 19 it is part of
    libomptarget.
    """
    major = int(version.split(".")[0])
    missing = []
    if not bin_dir.joinpath("clang-linker-wrapper").exists():
        missing.append("clang-linker-wrapper")
    for library in ("libomp.so", "libomptarget.so"):
        if not library_dir.joinpath(library).exists():
            missing.append(library)
    plugin = f"libomptarget.rtl.{platform.machine()}.so"
    if major < _FIRST_BUILT_IN_HOST_PLUGIN and not any(library_dir.glob(f"{plugin}*")):
        missing.append(plugin)
    return missing


def _gpu_targets(library_dir: Path) -> tuple[str, ...]:
    """Return the GPU architectures that a device runtime (``libomptarget-*.bc``) is there for."""
    found: set[str] = set()
    for entry in library_dir.glob("libomptarget-*.bc"):
        found.add(entry.stem.removeprefix("libomptarget-").split("-")[-1])
    for family in ("nvptx64-nvidia-cuda", "amdgcn-amd-amdhsa"):
        if any(library_dir.glob(f"{family}/libompdevice.a")):
            found.add(family.split("-")[0])
    return tuple(sorted(found, key=_architecture_order))


def _architecture_order(name: str) -> tuple[str, int, str]:
    digits = re.search(r"\d[0-9a-f]*$", name)
    return (name.rstrip("0123456789abcdef"), int(digits[0], 16) if digits else 0, name)
