# SPDX-License-Identifier: Apache-2.0
"""The report for ``s2s doctor`` says what is there, what it enables and how to get the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.toolchain import gcc
from s2s.toolchain.discover import discover_clang
from s2s.toolchain.gcc import discover_gcc
from s2s.toolchain.report import report


def test_every_capability_is_there_or_says_how_to_get_it() -> None:
    capabilities = report()
    assert len({c.name for c in capabilities}) == len(capabilities)
    for capability in capabilities:
        assert capability.enables
        assert bool(capability.path) is capability.found
        assert bool(capability.install) is not capability.found
        assert capability.to_json()["name"] == capability.name


def test_optional_packages_are_looked_for_without_being_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("s2s.toolchain.report.find_spec", lambda name: None)
    z3 = next(c for c in report() if c.name == "z3")
    assert not z3.found and z3.install == "pip install 's2s[z3]'"


def test_host_offload_is_tried_not_believed() -> None:
    clang = discover_clang()
    offload = next(c for c in report() if c.name == "OpenMP host offload")
    if clang is None or not clang.host_offload:
        assert not offload.found and "apt-get" in offload.install
    else:
        assert offload.found and "compiled for" in offload.detail


def test_machine_without_any_tool_gets_a_report_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("S2S_CLANG", raising=False)
    monkeypatch.setattr("s2s.toolchain.discover._LLVM_ROOT", tmp_path)
    monkeypatch.setattr("s2s.toolchain.discover._PREFIXES", ())
    monkeypatch.setattr("s2s.toolchain.report._CUDA", tmp_path)
    found = {c.name for c in report() if c.found}
    assert found <= {"AMD GPU", "z3"}


def test_gcc_offload_needs_a_mkoffload_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "bin" / "gcc"
    command.parent.mkdir()
    command.with_name("gcc-13").write_text("#!/bin/sh\n")
    command.with_name("gcc-13").chmod(0o755)
    command.symlink_to("gcc-13")
    monkeypatch.setenv("PATH", str(command.parent))
    monkeypatch.setattr(gcc, "_ROOTS", (tmp_path / "lib",))
    plain = discover_gcc()
    assert plain is not None and (plain.version, plain.offload_targets) == ("13", ())
    accelerator = tmp_path / "lib" / "x86_64-linux-gnu" / "13" / "accel" / "nvptx-none"
    accelerator.mkdir(parents=True)
    accelerator.joinpath("mkoffload").touch()
    found = discover_gcc()
    assert found is not None and found.offload_targets == ("nvptx-none",)
