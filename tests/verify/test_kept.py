# SPDX-License-Identifier: Apache-2.0
"""What is kept between verifications goes by everything that it was made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify.compile import Compiler
from s2s.verify.instrument import RUNTIME
from s2s.verify.kept import cache_directory, keep, runtime_object

CLANG = discover_clang()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the tests a cache of their own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache_directory("runtime")


def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Write a source, a header beside it, and what stands for a compiler."""
    paths = tmp_path / "one.c", tmp_path / "one.h", tmp_path / "clang"
    for path in paths:
        path.write_text(path.name)
    return paths


@pytest.mark.parametrize("changed", [0, 1, 2])
def test_another_source_header_or_compiler_makes_another_object(
    tmp_path: Path, changed: int
) -> None:
    paths = files(tmp_path)
    before = runtime_object(paths[0], paths[2], ["-O2"])
    assert before is not None
    assert before == runtime_object(paths[0], paths[2], ["-O2"])
    assert before != runtime_object(paths[0], paths[2], ["-O1"])
    paths[changed].write_text("something else")
    assert before != runtime_object(paths[0], paths[2], ["-O2"])


def test_no_object_is_kept_of_what_cannot_be_read(tmp_path: Path) -> None:
    assert runtime_object(tmp_path / "none.c", tmp_path / "clang", []) is None


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keep(tmp_path / "file" / "below" / "x.o", b"")


@pytest.mark.toolchain
@pytest.mark.skipif(CLANG is None, reason="no clang")
def test_the_second_build_takes_what_the_first_one_kept(tmp_path: Path, cache: Path) -> None:
    assert CLANG is not None
    source = RUNTIME / "report.c"
    (first,) = Compiler(CLANG, (), tmp_path / "a").compile_runtime("x", [source])
    (kept,) = cache.iterdir()
    assert kept.read_bytes() == first.read_bytes()
    keep(kept, b"marked")
    (second,) = Compiler(CLANG, (), tmp_path / "b").compile_runtime("x", [source])
    assert second.read_bytes() == b"marked"
