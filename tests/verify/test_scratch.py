# SPDX-License-Identifier: Apache-2.0
"""The scratch directory looks like the user's, and the user's stays as it is."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from s2s.errors import UsageError
from s2s.verify import scratch
from s2s.verify.scratch import check_output_name, mirror_directory


def test_files_can_be_read_and_overwritten_without_touching_the_originals(tmp_path: Path) -> None:
    user = tmp_path / "user"
    user.joinpath("data", "deep").mkdir(parents=True)
    user.joinpath("data", "deep", "in.txt").write_text("5")
    mirror_directory(user, tmp_path / "run")
    copy = tmp_path / "run" / "data" / "deep" / "in.txt"
    assert copy.read_text() == "5"
    copy.write_text("6")
    assert user.joinpath("data", "deep", "in.txt").read_text() == "5"


def test_named_output_files_are_not_there_but_their_directories_are(tmp_path: Path) -> None:
    user = tmp_path / "user"
    user.joinpath(".out").mkdir(parents=True)
    user.joinpath(".out", "result.txt").write_text("old")
    user.joinpath(".out", "input.txt").write_text("in")
    names = [PurePath(".out/result.txt"), PurePath("new/one.txt")]
    mirror_directory(user, tmp_path / "run", names)
    assert not tmp_path.joinpath("run", ".out", "result.txt").exists()
    assert tmp_path.joinpath("run", ".out", "input.txt").read_text() == "in"
    assert tmp_path.joinpath("run", "new").is_dir()
    tmp_path.joinpath("run", ".out", "result.txt").write_text("new")
    assert user.joinpath(".out", "result.txt").read_text() == "old"


def test_what_is_too_big_to_copy_is_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = tmp_path / "user"
    user.mkdir()
    user.joinpath("big").write_bytes(b"x" * 100)
    user.joinpath("small").write_bytes(b"x")
    user.joinpath(".git").mkdir()
    monkeypatch.setattr(scratch, "MAX_FILE_BYTES", 50)
    mirror_directory(user, tmp_path / "run")
    assert tmp_path.joinpath("run", "big").is_symlink()
    assert not tmp_path.joinpath("run", "small").is_symlink()
    assert tmp_path.joinpath("run", ".git").is_symlink()


def test_a_huge_directory_is_mirrored_to_a_limit_and_linked_beyond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = tmp_path / "user"
    for name in "abc":
        user.joinpath(name).mkdir(parents=True)
        user.joinpath(name, "file").write_text(name)
    monkeypatch.setattr(scratch, "MAX_ENTRIES", 4)
    mirror_directory(user, tmp_path / "run")
    assert [tmp_path.joinpath("run", n, "file").read_text() for n in "abc"] == ["a", "b", "c"]
    assert tmp_path.joinpath("run", "c", "file").is_symlink()


def test_a_scratch_directory_inside_the_user_s_is_not_mirrored_into_itself(tmp_path: Path) -> None:
    tmp_path.joinpath("in.txt").write_text("5")
    mirror_directory(tmp_path, tmp_path / "scratch" / "run")
    assert [p.name for p in tmp_path.joinpath("scratch", "run").iterdir()] == ["in.txt"]


def test_broken_links_and_loops_do_no_harm(tmp_path: Path) -> None:
    user = tmp_path / "user"
    user.mkdir()
    user.joinpath("broken").symlink_to("nowhere")
    user.joinpath("loop").symlink_to(".")
    mirror_directory(user, tmp_path / "run")
    assert [p.name for p in tmp_path.joinpath("run").iterdir()] == ["loop"]


@pytest.mark.parametrize("name", ["/tmp/x", "../x", "a/../../x", "."])
def test_output_files_outside_the_working_directory_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="not below the working directory"):
        check_output_name(name)


def test_output_names_are_normalized() -> None:
    assert check_output_name("./a//b.txt") == PurePath("a/b.txt")
