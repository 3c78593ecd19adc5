# SPDX-License-Identifier: Apache-2.0
"""Compilers are found by looking at files, and what they lack is named."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from s2s.errors import ToolchainError
from s2s.toolchain.clang import host_triple, inspect_clang, resource_dirs
from s2s.toolchain.discover import clang_commands, discover_clang, find_resource_dir


def install(prefix: Path, version: str, *, offload: bool = True) -> Path:
    """Write the files that make up an installation and return its clang command."""
    headers = prefix / "lib" / "clang" / version / "include"
    headers.mkdir(parents=True)
    headers.joinpath("stddef.h").touch()
    binaries = prefix / "bin"
    binaries.mkdir(exist_ok=True)
    names = [f"clang-{version.split('.')[0]}", "clang", "clang++"]
    libraries: list[str] = []
    if offload:
        names.append("clang-linker-wrapper")
        libraries = ["libomp.so", "libomptarget.so", f"libomptarget.rtl.{platform.machine()}.so"]
        libraries += ["libomptarget-nvptx-sm_90.bc", "libomptarget-amdgpu-gfx90a.bc"]
    for name in names:
        binaries.joinpath(name).write_text("#!/bin/sh\n")
        binaries.joinpath(name).chmod(0o755)
    for name in libraries:
        prefix.joinpath("lib", name).touch()
    return binaries / "clang"


def test_complete_installation_offers_host_offload(tmp_path: Path) -> None:
    clang = inspect_clang(install(tmp_path, "19"))
    assert clang is not None
    assert (clang.version, clang.major, clang.host_offload, clang.missing) == ("19", 19, True, ())
    assert clang.cxx_path == tmp_path / "bin" / "clang++"
    assert clang.library_dir == tmp_path / "lib"
    assert clang.gpu_targets == ("gfx90a", "sm_90")
    assert clang.host_triple == host_triple()


def test_missing_runtime_is_named_part_by_part(tmp_path: Path) -> None:
    clang = inspect_clang(install(tmp_path, "19", offload=False))
    assert clang is not None
    assert not clang.host_offload
    assert clang.missing == ("clang-linker-wrapper", "libomp.so", "libomptarget.so")


def test_host_plugin_is_a_file_of_its_own_before_version_19(tmp_path: Path) -> None:
    command = install(tmp_path, "18")
    plugin = tmp_path / "lib" / f"libomptarget.rtl.{platform.machine()}.so"
    complete = inspect_clang(command)
    plugin.unlink()
    without = inspect_clang(command)
    assert complete is not None and complete.host_offload
    assert without is not None and without.missing == (plugin.name,)


def test_command_is_followed_through_the_links_of_a_distribution(tmp_path: Path) -> None:
    real = install(tmp_path / "llvm-19", "19")
    usr_bin = tmp_path / "usr" / "bin"
    usr_bin.mkdir(parents=True)
    usr_bin.joinpath("clang-19").symlink_to(real)
    usr_bin.joinpath("clang++-19").symlink_to(real.with_name("clang++"))
    clang = inspect_clang(usr_bin / "clang-19")
    assert clang is not None
    assert clang.path == usr_bin / "clang-19"
    assert clang.cxx_path == usr_bin / "clang++-19"
    assert clang.resource_dir == tmp_path / "llvm-19/lib/clang/19"


def test_headers_of_the_command_s_own_version_are_taken(tmp_path: Path) -> None:
    install(tmp_path, "20")
    install(tmp_path, "18.1.1")
    assert [d.name for d in resource_dirs(tmp_path)] == ["18.1.1", "20"]
    older = inspect_clang(tmp_path / "bin" / "clang-18")
    assert older is not None and older.version == "18.1.1"


def test_a_file_that_is_no_installation_is_none(tmp_path: Path) -> None:
    command = tmp_path / "clang"
    command.touch()
    assert inspect_clang(command) is None


def test_environment_variable_overrides_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = install(tmp_path, "17", offload=False)
    monkeypatch.setenv("S2S_CLANG", str(command))
    clang = discover_clang()
    assert clang is not None and clang.path == command
    assert find_resource_dir() == tmp_path / "lib" / "clang" / "17"


def test_environment_variable_that_leads_nowhere_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S2S_CLANG", str(tmp_path / "no-clang"))
    with pytest.raises(ToolchainError, match="S2S_CLANG"):
        discover_clang()
    with pytest.raises(ToolchainError, match="S2S_CLANG"):
        find_resource_dir()


def test_commands_on_the_path_come_first(tmp_path: Path) -> None:
    command = install(tmp_path, "22")
    assert clang_commands(str(command.parent))[0] == tmp_path / "bin" / "clang-22"


def test_front_end_start_up_loads_nothing_that_starts_processes() -> None:
    script = (
        "import sys; from s2s.toolchain.discover import find_resource_dir; find_resource_dir();"
        "sys.exit('subprocess' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
