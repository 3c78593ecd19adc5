# SPDX-License-Identifier: Apache-2.0
"""gcc as a second compiler for GPUs: does it take the result as well?

gcc makes device code at link time, so that the source is linked as a shared library, in which
functions of other units may be missing. What gcc refuses is no fault of a result that clang
takes: gcc 12 lacks parts of OpenMP 5.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from s2s.toolchain.gcc import Gcc
from s2s.verify.invocation import Invocation
from s2s.verify.run import PlainSink, RunCommand, execute
from s2s.verify.static.kernels import GpuBuild

PREFIX = "gcc:"
"""Marks a device of gcc's among the architectures: ``gcc:nvptx-none``."""

_SECONDS = 120.0
_PROBE = b"""\
void f(int *a)
{
#pragma omp target map(tofrom: a[0:1])
    a[0] = 1;
}
"""
_DEVICE_OPTIONS = {
    "nvptx-none": "-misa=sm_80 -lm -latomic",
    "amdgcn-amdhsa": "-march=gfx908 -lm",
}
_OF_CLANG = ("-stdlib=", "--gcc-toolchain", "--gcc-install-dir", "--cuda-path", "--rocm-", "-gline")
_OF_CLANG_WITH_VALUE = frozenset(("-Xclang", "-mllvm", "-Xopenmp-target"))
_ELSEWHERE = re.compile(r"unresolved symbol|undefined reference|undefined symbol")
_ERROR = re.compile(
    r"^.*?(?P<error>(?:internal compiler )?\berror: .*|fatal error: .*|sorry, unimplemented: .*)$",
    re.MULTILINE | re.IGNORECASE,
)
_OF_A_DRIVER = re.compile(r"returned \d+ exit status|lto-wrapper failed")


def gcc_devices(gcc: Gcc | None) -> tuple[str, ...]:
    """Return the devices that an installed gcc can compile for, marked as gcc's."""
    targets = gcc.offload_targets if gcc is not None else ()
    return tuple(PREFIX + target for target in targets if target in _DEVICE_OPTIONS)


def compile_with_gcc(gcc: Gcc, call: Invocation, device: str) -> GpuBuild:
    """Compile one source for a device of gcc's; the arguments of ``call`` are those for clang.

    Raises VerificationError when gcc cannot be started.
    """
    compiler = gcc.cxx_path if call.is_cxx else gcc.path
    target = call.scratch / f"{device.removeprefix(PREFIX)}.so"
    words = (*_for_gcc(call.arguments), str(call.source), "-o", str(target))
    done = call.ask(compiler, (*_offload_options(device), *words))
    text = done.stderr.decode("utf-8", "replace")
    ok = done.exit_code == 0 or (done.exit_code == 1 and _is_only_elsewhere(text))
    return GpuBuild(device, ok, "" if ok else text.strip(), (), done.seconds)


def works(gcc: Gcc, device: str, scratch: Path) -> bool:
    """Tell whether gcc makes code for a device at all, with its assembler and libraries."""
    probe = scratch / "probe.c"
    probe.write_bytes(_PROBE)
    words = (*_offload_options(device), str(probe), "-o", str(probe.with_suffix(".so")))
    command = RunCommand(str(gcc.path), words)
    done = execute(gcc.path, command, Path.cwd(), os.environ, _SECONDS, PlainSink())
    return done.exit_code == 0


def _offload_options(device: str) -> tuple[str, ...]:
    target = device.removeprefix(PREFIX)
    options = f"-foffload-options={target}={_DEVICE_OPTIONS[target]}"
    return ("-O1", "-w", "-fopenmp", f"-foffload={target}", options, "-fPIC", "-shared")


def first_error(messages: str) -> str:
    """Return the first error among a compiler's messages, or their last line."""
    errors = (m["error"] for m in _ERROR.finditer(messages) if not _OF_A_DRIVER.search(m[0]))
    first = next(errors, messages.strip().partition("\n")[0])
    return first.strip().removeprefix("error: ")


def _is_only_elsewhere(text: str) -> bool:
    """Tell whether device code was made, and lacks no more than functions of other units."""
    errors = [m[0] for m in _ERROR.finditer(text) if not _OF_A_DRIVER.search(m[0])]
    return bool(_ELSEWHERE.search(text)) and all(map(_ELSEWHERE.search, errors))


def _for_gcc(arguments: Iterable[str]) -> Iterator[str]:
    """Leave out what only clang knows."""
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _OF_CLANG_WITH_VALUE:
            skip = True
        elif not argument.startswith(_OF_CLANG):
            yield argument
