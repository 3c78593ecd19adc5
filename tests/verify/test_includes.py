# SPDX-License-Identifier: Apache-2.0
"""Kernels in files that a source includes are looked at, too."""

from __future__ import annotations

from pathlib import Path

from s2s.verify.includes import include_directories, included_texts


def test_own_files_are_found_through_others_and_through_directories(tmp_path: Path) -> None:
    (tmp_path / "inc").mkdir()
    (tmp_path / "kernels.cpp").write_bytes(b'#include "deep.h"\n# include "kernels.cpp"\n')
    (tmp_path / "inc" / "deep.h").write_bytes(b"deep")
    source = tmp_path / "main.cpp"
    text = b'#include <stdio.h>\n#include "kernels.cpp"\n#include "nowhere.h"\n'
    folders = include_directories(["-DX", "-I", "inc", "-Lq"], tmp_path)
    assert folders == (tmp_path / "inc",)
    found = included_texts(source, text, folders)
    assert set(found) == {tmp_path / "kernels.cpp", tmp_path / "inc" / "deep.h"}
