# SPDX-License-Identifier: Apache-2.0
"""The programs that are damaged: this project's own, and PolyBench's if a checkout is there."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]

_EXAMPLES = {"heat2d": ("96", "20"), "nbody": ("200", "4"), "spmv_cg": ("24",)}
_UNDER_TEST = ("-std=c11",)


@dataclass(frozen=True, slots=True)
class Subject:
    """A serial program, how it is compiled and run, and what else is linked.

    ``writes_stderr`` tells that its results are on stderr.
    """

    source: Path
    clang_args: tuple[str, ...] = _UNDER_TEST
    arguments: tuple[str, ...] = ()
    link_with: tuple[Path, ...] = ()
    writes_stderr: bool = False

    @property
    def name(self) -> str:
        """A short name, the same on every machine."""
        return self.source.stem


def own_programs() -> list[Subject]:
    """Return the programs of ``tests/programs``, each with its first arguments."""
    found = []
    for source in sorted(ROOT.glob("tests/programs/*.c")):
        sidecar = tomllib.loads(source.with_suffix(".toml").read_text(encoding="utf-8"))
        flags = tuple(sidecar.get("clang_args", _UNDER_TEST))
        found.append(Subject(source, flags, tuple(sidecar["args"][0])))
    return found


def examples() -> list[Subject]:
    """Return the example programs, at a size for instrumented runs."""
    root = ROOT / "examples"
    return [Subject(root / name / f"{name}.c", (), args) for name, args in _EXAMPLES.items()]


def polybench_kernels(checkout: Path, dataset: str = "MINI") -> list[Subject]:
    """Return the kernels of a PolyBench/C 4.2 checkout, which dump their arrays on stderr."""
    utilities = checkout.resolve() / "utilities"
    lines = utilities.joinpath("benchmark_list").read_text(encoding="utf-8").split()
    return [
        Subject(
            source,
            (
                f"-I{utilities}",
                f"-I{source.parent}",
                f"-D{dataset}_DATASET",
                "-DPOLYBENCH_DUMP_ARRAYS",
            ),
            link_with=(utilities / "polybench.c",),
            writes_stderr=True,
        )
        for source in sorted((checkout.resolve() / line).resolve() for line in lines)
    ]
