# SPDX-License-Identifier: Apache-2.0
"""Where results are written, and what is left alone."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import RECURRENCE, ROOT, SCALE, Invoke, run_process

PRAGMA = b"#pragma omp target teams distribute parallel for"


def names(folder: str = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_result_of_one_file_goes_to_stdout_and_all_else_to_stderr(s2s: Invoke, scale: Path) -> None:
    done = s2s("offload", scale)
    assert done.exit_code == 0
    added = [line for line in done.stdout_bytes.splitlines() if line not in SCALE.splitlines()]
    assert added
    assert added[0].strip().startswith(PRAGMA)
    assert [x for x in done.stdout_bytes.splitlines() if x not in added] == SCALE.splitlines()
    assert "1 of 1 loops offloaded" in done.stderr
    assert scale.read_bytes() == SCALE


def test_dash_is_stdout(s2s: Invoke, scale: Path) -> None:
    assert PRAGMA in s2s("offload", scale, "-o", "-").stdout_bytes
    assert not Path("-").exists()


def test_quiet_says_nothing(s2s: Invoke, scale: Path) -> None:
    done = s2s("offload", "-q", scale, "-o", "out.c")
    assert done.output == ""


def test_output_file_is_written_whole_and_nothing_else_is_left(s2s: Invoke, scale: Path) -> None:
    done = s2s("offload", scale, "-o", "out.c")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "-> out.c" in done.stderr
    assert PRAGMA in Path("out.c").read_bytes()
    assert names() == ["out.c", "scale.c"]


def test_new_file_takes_the_permissions_of_its_source(s2s: Invoke, scale: Path) -> None:
    scale.chmod(0o640)
    s2s("offload", scale, "-o", "out.c")
    assert permissions(Path("out.c")) == 0o640


def test_overwritten_file_keeps_its_permissions(s2s: Invoke, scale: Path) -> None:
    out = Path("out.c")
    out.write_text("something else\n")
    out.chmod(0o600)
    assert s2s("offload", scale, "-o", out).exit_code == 0
    assert PRAGMA in out.read_bytes()
    assert permissions(out) == 0o600


def test_in_place_replaces_the_input_and_keeps_its_permissions(s2s: Invoke, scale: Path) -> None:
    scale.chmod(0o755)
    assert s2s("offload", "--in-place", scale).exit_code == 0
    assert PRAGMA in scale.read_bytes()
    assert permissions(scale) == 0o755


def test_second_run_changes_nothing(s2s: Invoke, scale: Path) -> None:
    s2s("offload", "--in-place", scale)
    once, written = scale.read_bytes(), scale.stat().st_mtime_ns
    done = s2s("offload", "--in-place", "--backup", scale)
    assert done.exit_code == 0
    assert "nothing to change" in done.stderr
    assert scale.read_bytes() == once
    assert scale.stat().st_mtime_ns == written
    assert names() == ["scale.c"]


def test_backup_keeps_the_original_and_is_never_overwritten(s2s: Invoke, scale: Path) -> None:
    assert s2s("offload", "--in-place", "--backup", scale).exit_code == 0
    backup = Path("scale.c.s2s.bak")
    assert backup.read_bytes() == SCALE
    scale.write_bytes(SCALE + b"\n")
    done = s2s("offload", "--in-place", "--backup", scale)
    assert done.exit_code == 1
    assert "scale.c.s2s.bak: is an earlier backup" in done.stderr
    assert scale.read_bytes() == SCALE + b"\n"
    assert backup.read_bytes() == SCALE


def test_out_dir_is_made_and_takes_all_results(s2s: Invoke, scale: Path) -> None:
    Path("smooth.c").write_bytes(RECURRENCE)
    done = s2s("offload", scale, "smooth.c", "--out-dir", "new")
    assert done.exit_code == 0
    assert PRAGMA in Path("new/scale.c").read_bytes()
    assert Path("new/smooth.c").read_bytes() == RECURRENCE


def test_file_that_cannot_be_translated_does_not_stop_the_others(s2s: Invoke, scale: Path) -> None:
    Path("bad.c").write_bytes(b"int f( {\n")
    done = s2s("offload", "bad.c", scale, "--out-dir", "new")
    assert done.exit_code == 1
    assert "error: bad.c:1: " in done.stderr
    assert names("new") == ["scale.c"]


def test_dry_run_writes_no_result(s2s: Invoke, scale: Path) -> None:
    done = s2s("offload", "--dry-run", "--in-place", scale, "--report", "r.json")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert scale.read_bytes() == SCALE
    assert names() == ["r.json", "scale.c"]


def test_diff_is_one_that_patch_takes(s2s: Invoke, scale: Path) -> None:
    done = s2s("offload", "--diff", scale)
    assert done.stdout.startswith("--- a/scale.c\n+++ b/scale.c\n@@ -1,5 +1,6 @@\n")
    s2s("offload", scale, "-o", "out.c")
    patch = ["git", "apply", "--unsafe-paths", "-"]
    applied = subprocess.run(patch, input=done.stdout_bytes, capture_output=True, check=False)
    assert applied.returncode == 0, applied.stderr
    assert scale.read_bytes() == Path("out.c").read_bytes()


def test_diff_of_a_file_without_last_line_end_says_so(s2s: Invoke) -> None:
    Path("open.c").write_bytes(
        b"void f(int n, double a[n]) { for (int i = 0; i < n; i++) a[i] = i; }"
    )
    done = s2s("offload", "--diff", "open.c")
    assert "\\ No newline at end of file\n" in done.stdout


def test_line_ends_marks_and_tabs_are_kept(s2s: Invoke) -> None:
    text = b"\xef\xbb\xbf/* \xc3\xa4 */\r\n" + SCALE.replace(b"    ", b"\t").replace(b"\n", b"\r\n")
    Path("dos.c").write_bytes(text)
    done = s2s("offload", "dos.c")
    assert done.exit_code == 0
    lines = done.stdout_bytes.split(b"\n")
    assert all(line.endswith(b"\r") for line in lines[:-1])
    assert next(x for x in lines if b"#pragma" in x).startswith(b"\t#pragma omp target")
    kept = b"\n".join(line for line in lines if line in text.split(b"\n"))
    assert kept == text


def test_output_over_the_input_is_an_error(s2s: Invoke, scale: Path) -> None:
    Path("hard.c").hardlink_to(scale)
    for out in ("scale.c", "./scale.c", str(Path("scale.c").absolute()), "hard.c"):
        done = s2s("offload", scale, "-o", out)
        assert done.exit_code == 1
        assert "is an input file; it would be overwritten" in done.stderr
        assert "--in-place" in done.stderr
    assert s2s("offload", scale, "--out-dir", ".").exit_code == 1
    assert s2s("offload", scale, "--report", "scale.c").exit_code == 1
    assert s2s("analyze", scale, "--graph", "scale.c").exit_code == 2
    assert scale.read_bytes() == SCALE


def test_symbolic_link_is_read_but_not_written_to(s2s: Invoke, scale: Path) -> None:
    link = Path("link.c")
    link.symlink_to(scale)
    Path("elsewhere.c").write_text("text\n")
    Path("out.c").symlink_to("elsewhere.c")
    for arguments in (("--in-place", link), (scale, "-o", "out.c"), (scale, "-o", link)):
        done = s2s("offload", *arguments)
        assert done.exit_code == 1
        assert "is a symbolic link and is not written to" in done.stderr
    assert PRAGMA in s2s("offload", link).stdout_bytes
    assert scale.read_bytes() == SCALE
    assert Path("elsewhere.c").read_text() == "text\n"
    assert Path("out.c").is_symlink()


def test_read_only_target_is_not_overwritten(s2s: Invoke, scale: Path) -> None:
    out = Path("out.c")
    out.write_text("precious\n")
    out.chmod(0o444)
    done = s2s("offload", scale, "-o", out)
    assert done.exit_code == 1
    assert "out.c: is read-only" in done.stderr
    scale.chmod(0o444)
    assert s2s("offload", "--in-place", scale).exit_code == 1
    assert out.read_text() == "precious\n"
    assert scale.read_bytes() == SCALE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_directory_is_an_error(s2s: Invoke, scale: Path) -> None:
    Path("locked").mkdir(mode=0o555)
    done = s2s("offload", scale, "-o", "locked/out.c")
    assert done.exit_code == 1
    assert "locked/out.c: cannot be written: Permission denied" in done.stderr


def test_failing_write_leaves_the_target_as_it_was(
    s2s: Invoke, scale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("out.c").write_text("before\n")

    def fail(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    done = s2s("offload", scale, "-o", "out.c")
    assert done.exit_code == 1
    assert "error: out.c: cannot be written: No space left on device" in done.stderr
    assert "the result was not written" in done.stderr
    assert Path("out.c").read_text() == "before\n"
    assert names() == ["out.c", "scale.c"]


def test_missing_directory_is_an_error_before_anything_runs(s2s: Invoke, scale: Path) -> None:
    for arguments in (("-o", "no/out.c"), ("--out-dir", "no/such"), ("--report", "no/r.json")):
        done = s2s("offload", scale, *arguments)
        assert done.exit_code == 1
        assert done.stdout == ""
        assert "no" in done.stderr
    assert names() == ["scale.c"]


def test_directory_as_output_is_an_error(s2s: Invoke, scale: Path) -> None:
    Path("dir").mkdir()
    done = s2s("offload", scale, "-o", "dir")
    assert done.exit_code == 1
    assert "error: dir: is a directory\n  hint: use --out-dir for a directory" in done.stderr


def test_device_files_are_written_to_not_replaced(s2s: Invoke, scale: Path) -> None:
    null = Path("/dev/null")
    before = null.stat()
    assert s2s("offload", scale, "-o", null).exit_code == 0
    assert null.is_char_device()
    assert null.stat().st_rdev == before.st_rdev


@pytest.mark.parametrize(
    "arguments",
    [
        ("a.c", "-o", "b.c", "--in-place"),
        ("a.c", "b.c", "-o", "c.c"),
        ("a.c", "b.c"),
        ("a.c", "a.c", "--in-place"),
        ("a.c", "x/a.c", "--out-dir", "out"),
        ("a.c", "--backup"),
        ("a.c", "-o", "b.json", "--report", "b.json"),
        ("a.c", "--run", "./a.out"),
        ("a.c", "--untrusted"),
        ("a.c", "b.c", "--verify"),
        ("a.c", "--remarks", "everything"),
        (),
    ],
)
def test_options_that_contradict_each_other_are_usage_errors(
    s2s: Invoke, arguments: tuple[str, ...]
) -> None:
    Path("x").mkdir()
    for name in ("a.c", "b.c", "x/a.c"):
        Path(name).write_bytes(SCALE)
    before = names()
    done = s2s("offload", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr
    assert names() == before


@pytest.mark.parametrize("name", ["jacobi_dowhile", "private_arrays"])
def test_result_is_the_same_in_every_process(name: str) -> None:
    source = ROOT / "tests" / "programs" / f"{name}.c"
    results = {run_process(["offload", "-q", source]).stdout for _ in range(4)}
    assert len(results) == 1
