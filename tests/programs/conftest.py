# SPDX-License-Identifier: Apache-2.0
"""Building and running C programs for the end-to-end tests.

Executables are cached by the hash of source, flags and compiler in a directory that all workers of
one pytest session share, so an original (or a translation that two modes have in common) is built
once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CLANGS = (*(f"clang-{version}" for version in range(22, 15, -1)), "clang")
OFFLOAD = ("-fopenmp", "-fopenmp-targets=x86_64-pc-linux-gnu")
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a program left: exit status, standard output, standard error."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Builder:
    """Compiles and runs programs with one Clang; ``offload`` tells if it has the host device."""

    clang: str
    runtime: Path
    offload: bool
    cache: Path

    def build(self, text: bytes, flags: tuple[str, ...]) -> Path:
        """Return the executable of a C file's text; fails the test when it does not compile."""
        command = (self.clang, "-O1", "-w", *flags)
        key = hashlib.sha256(b"\0".join((text, *(part.encode() for part in command)))).hexdigest()
        target = self.cache / key[:24]
        if target.exists():
            return target
        with tempfile.TemporaryDirectory(dir=self.cache) as scratch:
            source = Path(scratch) / "program.c"
            source.write_bytes(text)
            built = Path(scratch) / "program"
            done = subprocess.run(
                [*command, str(source), "-o", str(built), "-lm"],
                capture_output=True,
                text=True,
                check=False,
                timeout=10 * SECONDS,
            )
            if done.returncode != 0:
                pytest.fail(f"does not compile ({' '.join(flags)}):\n{done.stderr[:4000]}")
            built.replace(target)
        return target

    def run(self, program: Path, arguments: tuple[str, ...], **environment: str) -> Outcome:
        """Run a program with two teams of two threads on the host device, nowhere else."""
        variables = {
            **os.environ,
            "LD_LIBRARY_PATH": f"{self.runtime}:{os.environ.get('LD_LIBRARY_PATH', '')}",
            "OMP_TARGET_OFFLOAD": "MANDATORY",
            "OMP_NUM_THREADS": "2",
            "OMP_NUM_TEAMS": "2",
            "KMP_TEAMS_THREAD_LIMIT": "4",
            "LIBOMP_USE_HIDDEN_HELPER_TASK": "0",
            **environment,
        }
        try:
            done = subprocess.run(
                [str(program), *arguments],
                capture_output=True,
                text=True,
                errors="replace",
                env=variables,
                check=False,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            pytest.fail(f"still running after {SECONDS} s with arguments {arguments}")
        return Outcome(done.returncode, done.stdout, done.stderr)


def _runtime(clang: str) -> Path:
    """Return the directory of the offload runtime that belongs to a Clang."""
    done = subprocess.run(
        [clang, "-print-file-name=libomptarget.so"], capture_output=True, text=True, check=False
    )
    return Path(done.stdout.strip()).resolve().parent


def _has_host_device(clang: str, cache: Path) -> bool:
    """Tell whether a Clang can build a target region for x86-64."""
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        source = Path(scratch) / "probe.c"
        source.write_text("int main(void) {\n#pragma omp target\n { }\n return 0; }\n")
        done = subprocess.run(
            [clang, *OFFLOAD, str(source), "-o", str(source.with_suffix(""))],
            capture_output=True,
            check=False,
        )
    return done.returncode == 0


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    """The newest Clang that can offload to the host, else the newest one; skips without any.

    ``S2S_TEST_CLANG`` names another one.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    cache = shared / "programs"
    cache.mkdir(exist_ok=True)
    named = os.environ.get("S2S_TEST_CLANG")
    found = [path for name in ((named,) if named else CLANGS) if (path := shutil.which(name))]
    if not found:
        pytest.skip("no clang: the end-to-end programs cannot be built")
    for clang in found:
        if _has_host_device(clang, cache):
            yield Builder(clang, _runtime(clang), True, cache)
            return
    yield Builder(found[0], _runtime(found[0]), False, cache)


def _gaps() -> dict[str, str]:
    """Return test id -> reason for what the translator is known not to reach yet."""
    path = Path(__file__).with_name("gaps.toml")
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    return {test: gap["reason"] for gap in listed["gap"] for test in gap["tests"]}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the failures of gaps.toml, and complain when one of them is gone."""
    gaps = _gaps()
    here = Path(__file__).parent
    for item in items:
        reason = gaps.get(item.name)
        if reason is not None and item.path.is_relative_to(here):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
