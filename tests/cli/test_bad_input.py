# SPDX-License-Identifier: Apache-2.0
"""Bad input gives a clear message and exit code 1, overwrites nothing and shows no traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import SCALE, Invoke, run_process


def refused(s2s: Invoke, path: str, *arguments: str) -> str:
    """Translate a bad file over an existing output; return the message."""
    out = Path("out.c")
    out.write_text("before\n")
    done = s2s("offload", path, "-o", out, *arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert out.read_text() == "before\n"
    return done.stderr


def test_missing_file(s2s: Invoke) -> None:
    assert refused(s2s, "no.c") == "error: no.c: cannot be read: No such file or directory\n"


def test_dangling_link(s2s: Invoke) -> None:
    Path("link.c").symlink_to("no.c")
    assert "link.c: cannot be read" in refused(s2s, "link.c")


def test_directory(s2s: Invoke) -> None:
    Path("dir.c").mkdir()
    assert "dir.c: is a directory" in refused(s2s, "dir.c")


def test_empty_file(s2s: Invoke) -> None:
    Path("empty.c").write_bytes(b"\n")
    assert refused(s2s, "empty.c") == "error: empty.c: is empty\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(s2s: Invoke, scale: Path) -> None:
    scale.chmod(0)
    assert "scale.c: cannot be read: Permission denied" in refused(s2s, "scale.c")


def test_file_that_is_not_utf8(s2s: Invoke) -> None:
    Path("latin.c").write_bytes(b"/* ok */\n/* \xe4 */\n" + SCALE)
    message = refused(s2s, "latin.c")
    assert message.startswith("error: latin.c:2: is not UTF-8 (byte 0xe4)\n  hint: ")


def test_binary_file(s2s: Invoke) -> None:
    Path("binary.c").write_bytes(b"\x7fELF\0\0\0")
    assert "binary.c:1: is not a text file" in refused(s2s, "binary.c")


def test_syntax_error_outside_every_function(s2s: Invoke) -> None:
    Path("bad.c").write_bytes(SCALE + b"int x = ;\n")
    assert refused(s2s, "bad.c").startswith("error: bad.c:6: expected expression\n  hint: ")


def test_missing_header(s2s: Invoke) -> None:
    Path("bad.c").write_bytes(b'#include "lost.h"\n' + SCALE)
    message = refused(s2s, "bad.c")
    assert message.startswith("error: bad.c:1: 'lost.h' file not found\n  hint: ")
    assert "-I" in message


def test_error_in_one_function_leaves_that_one_alone(s2s: Invoke) -> None:
    broken = SCALE.replace(b"scale", b"broken").replace(b"factor;", b"FACTOR;")
    Path("half.c").write_bytes(SCALE + broken)
    done = s2s("offload", "half.c", "--remarks=missed")
    assert done.exit_code == 0
    assert done.stdout_bytes.count(b"#pragma omp target") == 1
    assert done.stdout_bytes.endswith(broken)
    assert "missed[S2S101]" in done.stderr


def test_wrong_compiler_argument(s2s: Invoke, scale: Path) -> None:
    assert "scale.c" in refused(s2s, "scale.c", "--", "-std=c1066")


def test_missing_compile_database(s2s: Invoke, scale: Path) -> None:
    done = s2s("offload", scale, "-p", "build")
    assert done.exit_code == 2
    assert "no compile_commands.json" in done.stderr


def nested_blocks(levels: int) -> bytes:
    loop = b"for (int i = 0; i < n; i++) a[i] = 2.0 * a[i];\n"
    body = b"{\n" * levels + loop + b"}\n" * levels
    return b"void f(int n, double a[n])\n{\n" + body + b"}\n"


def test_thousand_nested_blocks_are_translated() -> None:
    Path("deep.c").write_bytes(nested_blocks(1000))
    done = run_process(["offload", "deep.c", "--", "-fbracket-depth=2000"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"#pragma omp target") == 1


def test_nesting_beyond_the_compilers_limit_is_translated_or_refused_clearly() -> None:
    Path("deep.c").write_bytes(nested_blocks(1000))
    done = run_process(["offload", "deep.c"])
    assert b"Traceback" not in done.stderr
    if done.returncode != 0:
        assert done.returncode == 1
        assert b"bracket nesting level exceeded" in done.stderr


def test_recursion_without_end_is_a_clear_error(
    s2s: Invoke, scale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deeper(*arguments: object) -> None:
        deeper(*arguments)

    monkeypatch.setattr("s2s.driver.offload", deeper)
    monkeypatch.setattr("s2s.cli.deep_stack.RECURSION_LIMIT", 3000)
    assert refused(s2s, "scale.c").startswith("error: scale.c: is nested too deeply\n")


def test_fifty_thousand_lines_are_translated(s2s: Invoke) -> None:
    filler = b"".join(
        b"static int c%d = %d; /* line */\n" % (i, i) if i % 25 == 0 else b"/* line %d */\n" % i
        for i in range(49_800)
    )
    functions = b"".join(SCALE.replace(b"scale", b"scale_%d" % i) for i in range(40))
    Path("long.c").write_bytes(filler + functions)
    done = s2s("offload", "long.c", "--diff", "-o", "out.c")
    assert done.exit_code == 0
    assert done.stdout_bytes.count(b"\n+") == 41
    assert Path("out.c").read_bytes().startswith(filler)
