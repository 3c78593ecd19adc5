# SPDX-License-Identifier: Apache-2.0
"""The shared libraries that a program needs beside glibc, and small ones in place of some.

The offload runtime needs LLVM's library, and that one needs others which only its other uses call:
an SMT solver, an editor of command lines, an XML reader. Stubs with their symbols take their place:
the loader is content, and they weigh kilobytes instead of 40 MB.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from s2s.errors import ToolchainError
from s2s.toolchain.clang import Clang
from s2s.toolchain.command import tool_output

_TOOL_SECONDS = 120.0
_NEEDED = re.compile(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]")
_RESOLVED = re.compile(r"^\s*(\S+) => (/\S+) \(", re.MULTILINE)
_GLIBC = re.compile(
    r"(?:ld-linux[\w-]*|ld64|libc|libm|libmvec|libpthread|libdl|librt|libutil|libresolv|libanl"
    r"|libnsl|libnss_\w+|libBrokenLocale|libthread_db|libc_malloc_debug|linux-vdso)\.so(?:\.\d+)*"
)
_NEVER_CALLED = re.compile(r"lib(?:z3|edit|xml2)\.so(?:\.\d+)*")
_CXX = ("libstdc++.so.6", "libgcc_s.so.1")
_FUNCTIONS = frozenset("TtWwi")

STAND_INS = {
    "nvidia": ("libcuda.so", "libcuda.so.1"),
    "amd": ("libhsa-runtime64.so", "libhsa-runtime64.so.1"),
}
"""By maker: the name that the offload runtime loads, which only developers' packages have, and the
name that comes with the driver."""


@dataclass(frozen=True, slots=True)
class Libraries:
    """Files by the names that the loader asks for.

    ``cxx`` are the runtime libraries of C++, apart from the others because a machine's own may be
    newer and be needed by its driver; ``cxx_version`` is the newest symbol version in them.
    """

    files: Mapping[str, Path]
    cxx: Mapping[str, Path]
    cxx_version: str


def libraries_of(clang: Clang, binaries: Iterable[Path], scratch: Path) -> Libraries:
    """Return what the binaries need; stubs are made in ``scratch``.

    Raises ToolchainError when a library or a tool that looks for it is not there.
    """
    plugins = [p for p in clang.library_dir.glob("libomptarget.rtl.*.so*") if not p.is_symlink()]
    roots = [*binaries, *plugins]
    where = {plugin.name: plugin for plugin in plugins}
    for root in roots:
        where |= _resolved(clang, root)
    files: dict[str, Path] = {plugin.name: plugin for plugin in plugins}
    users: dict[str, list[Path]] = {}
    queue = deque(roots)
    while queue:
        file = queue.popleft()
        for name in _needed(clang, file):
            if _GLIBC.fullmatch(name):
                continue
            if name not in where:
                raise ToolchainError(f"{file} needs {name}, which is not installed")
            if _NEVER_CALLED.fullmatch(name):
                users.setdefault(name, []).append(file)
            elif name not in files:
                files[name] = where[name]
                queue.append(where[name])
    stubs = {name: _stub(clang, name, where[name], users[name], scratch) for name in users}
    cxx = {name: files.pop(name) for name in _CXX if name in files}
    return Libraries({**files, **stubs}, cxx, _cxx_version(cxx))


def stand_in(clang: Clang, maker: str, scratch: Path) -> Path:
    """Make a library under the first name of STAND_INS that consists of needing the second.

    The loader finds the driver's library as usual, and symbols are looked up in what a library
    needs, too. Raises ToolchainError.
    """
    name, real = STAND_INS[maker]
    directory = scratch / maker
    directory.joinpath("driver").mkdir(parents=True, exist_ok=True)
    driver = directory / "driver" / real
    empty = directory / "empty.c"
    empty.write_text("typedef int nothing;\n")
    _shared(clang, empty, driver, f"-Wl,-soname,{real}")
    _shared(clang, empty, directory / name, "-Wl,--no-as-needed", str(driver))
    return directory / name


def _resolved(clang: Clang, binary: Path) -> dict[str, Path]:
    """Return where the loader finds every library of a program, by name."""
    paths = [str(clang.library_dir), os.environ.get("LD_LIBRARY_PATH", "")]
    path = f"LD_LIBRARY_PATH={':'.join(filter(None, paths))}"
    answer = tool_output(["env", path, "ldd", str(binary)], _TOOL_SECONDS)
    if answer is None:
        raise ToolchainError(f"ldd does not tell the libraries of {binary}")
    return {name: Path(place) for name, place in _RESOLVED.findall(answer)}


def _needed(clang: Clang, file: Path) -> list[str]:
    return _NEEDED.findall(_asked(clang, "readelf", "-d", str(file)))


def _stub(clang: Clang, name: str, real: Path, users: Iterable[Path], scratch: Path) -> Path:
    """Make a library with those symbols of ``real`` that ``users`` want; a call of one traps."""
    wanted: set[str] = set()
    for user in users:
        wanted |= {entry[1] for entry in _symbols(clang, "--undefined-only", user)}
    defined = {s: (kind, v) for kind, s, v in _symbols(clang, "--defined-only", real)}
    symbols = {symbol: defined[symbol] for symbol in sorted(wanted & defined.keys())}
    lines = [
        f"void {symbol}(void) {{ __builtin_trap(); }}"
        if kind in _FUNCTIONS
        else f"void *{symbol}[64];"
        for symbol, (kind, _) in symbols.items()
    ]
    source, script = scratch / f"{name}.c", scratch / f"{name}.map"
    scratch.mkdir(parents=True, exist_ok=True)
    source.write_text("\n".join([*lines, "typedef int nothing;", ""]))
    versions: dict[str, list[str]] = {}
    for symbol, (_, version) in symbols.items():
        if version:
            versions.setdefault(version, []).append(symbol)
    script.write_text(
        "".join(f"{v} {{ global: {'; '.join(ss)}; }};\n" for v, ss in versions.items())
    )
    flags = [f"-Wl,--version-script={script}"] if versions else []
    _shared(clang, source, scratch / name, f"-Wl,-soname,{name}", *flags)
    return scratch / name


def _symbols(clang: Clang, which: str, file: Path) -> list[tuple[str, str, str]]:
    """Return kind, name and version (empty: none) of a library's dynamic symbols."""
    out = []
    for line in _asked(clang, "nm", "-D", which, str(file)).splitlines():
        words = line.split()
        if len(words) >= 2 and len(words[-2]) == 1:
            name, _, version = words[-1].partition("@")
            out.append((words[-2], name, version.lstrip("@")))
    return out


def _shared(clang: Clang, source: Path, target: Path, *arguments: str) -> None:
    command = [str(clang.path), "-w", "-O1", "-shared", "-fPIC", "-fno-builtin", "-nostdlib", "-s"]
    command += [str(source), *arguments, "-o", str(target)]
    if tool_output(command, _TOOL_SECONDS) is None:
        raise ToolchainError(f"{clang.path} cannot link a shared library ({target.name})")


def _asked(clang: Clang, tool: str, *arguments: str) -> str:
    """Ask LLVM's or the system's tool. Raises ToolchainError."""
    beside = clang.path.resolve().with_name(f"llvm-{tool}")
    found = str(beside) if beside.exists() else shutil.which(tool)
    answer = tool_output([found, *arguments], _TOOL_SECONDS) if found else None
    if answer is None:
        raise ToolchainError(
            f"{tool} cannot read {arguments[-1]}" if found else f"there is no {tool}",
            hint="apt-get install binutils",
        )
    return answer


def _cxx_version(cxx: Mapping[str, Path]) -> str:
    """Return the symbol version of ``libstdc++.so.6.0.N``: GLIBCXX_3.4.N."""
    library = cxx.get(_CXX[0])
    match = re.search(r"\.so\.6\.0\.(\d+)$", library.resolve().name) if library else None
    return f"GLIBCXX_3.4.{match[1]}" if match else ""
