# SPDX-License-Identifier: Apache-2.0
"""Options reach the translation, and misspelt ones never pass in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import RECURRENCE, SCALE, Invoke

MACRO = SCALE.replace(b"factor;", b"FACTOR;")
ALIASING = b"""\
void twice(int n, double *out, const double *in)
{
    for (int i = 0; i < n; i++)
        out[i] = 2.0 * in[i];
}
"""


def loaded(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("-DFACTOR=2.0",),
        ("-D", "FACTOR=2.0"),
        ("--", "-DFACTOR=2.0"),
        ("-std=c99", "--", "-D", "FACTOR=2.0"),
        ("-UFACTOR", "--", "-DFACTOR=2.0", "-lm"),
    ],
)
def test_compiler_arguments_are_taken_before_and_after_the_dashes(
    s2s: Invoke, arguments: tuple[str, ...]
) -> None:
    Path("macro.c").write_bytes(MACRO)
    done = s2s("offload", "macro.c", *arguments)
    assert done.exit_code == 0, done.stderr
    assert "#pragma omp target" in done.stdout


def test_include_directories_are_searched(s2s: Invoke) -> None:
    Path("include").mkdir()
    Path("include/factor.h").write_text("#define FACTOR 2.0\n")
    Path("macro.c").write_bytes(b'#include "factor.h"\n' + MACRO)
    assert s2s("offload", "macro.c").exit_code == 1
    assert s2s("offload", "macro.c", "-Iinclude").exit_code == 0
    assert s2s("offload", "macro.c", "-I", "include").exit_code == 0


def test_compile_database_gives_the_arguments(s2s: Invoke, work_dir: Path) -> None:
    Path("macro.c").write_bytes(MACRO)
    Path("build").mkdir()
    entry = {"directory": str(work_dir), "file": "macro.c", "command": "cc -DFACTOR=2.0 -c macro.c"}
    Path("build/compile_commands.json").write_text(json.dumps([entry]))
    done = s2s("offload", "macro.c", "-p", "build", "--report", "r.json")
    assert done.exit_code == 0, done.stderr
    assert loaded("r.json")["files"][0]["clang_args"] == ["-DFACTOR=2.0"]


def test_assumptions_are_printed_and_reported(s2s: Invoke) -> None:
    Path("alias.c").write_bytes(ALIASING)
    assert "s2s_disjoint" in s2s("offload", "alias.c").stdout
    done = s2s("offload", "alias.c", "--assume", "noalias", "--report", "r.json")
    assert "s2s_disjoint" not in done.stdout
    assert "alias.c: assumed: --assume noalias: " in done.stderr
    assert len(loaded("r.json")["files"][0]["assumptions"]) == 1


CALLED_FROM_HERE = b"""#include <stdlib.h>
void scale(int n, double *to, const double *from, const int *at)
{
    for (int i = 0; i < n; i++)
        to[i] = 2.0 * from[at[i]];
}
int main(void)
{
    int n = 30000;
    double *a = malloc(n * sizeof *a), *b = calloc(n, sizeof *b);
    int *at = calloc(n, sizeof *at);
    scale(n, a, b, at);
    return a[7] > 0.0;
}
"""


def test_calls_of_a_whole_program_are_all_known(s2s: Invoke) -> None:
    Path("whole.c").write_bytes(CALLED_FROM_HERE)
    assert "pragma" not in s2s("offload", "whole.c").stdout
    done = s2s("offload", "whole.c", "--assume", "whole-program")
    assert "map(to: from[0:n], at[0:n]) map(from: to[0:n])" in " ".join(done.stdout.split())
    assert "s2s_disjoint" not in done.stdout
    assert "assumed: --assume whole-program: no other file" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--assume", "noalais"),
            "unknown assumption 'noalais'\n  hint: known: noalias, whole-program",
        ),
        (("--passes", "offload-loop"), "there is no pass 'offload-loop'"),
        (("--passes", ","), "--passes names no pass"),
        (("-P", "collapse-loops"), "'-P collapse-loops' is not PASS{OPTION=VALUE}"),
        (("-P", "colapse{max-depth=2}"), "there is no pass 'colapse'"),
        (("-P", "collapse-loops{depth=2}"), "pass 'collapse-loops' has no option 'depth'"),
        (("-P", "collapse-loops{max-depth=two}"), "is not int: 'two'"),
        (
            ("--passes", "offload-loops", "-P", "collapse-loops{max-depth=2}"),
            "options are set for pass 'collapse-loops', which does not run",
        ),
    ],
)
def test_what_does_not_exist_is_a_usage_error(
    s2s: Invoke, scale: Path, arguments: tuple[str, ...], message: str
) -> None:
    for command in ("offload", "analyze"):
        done = s2s(command, scale, *arguments)
        assert done.exit_code == 2
        assert message in done.stderr
        assert done.stdout == ""


def test_misspelt_option_is_a_usage_error(s2s: Invoke, scale: Path) -> None:
    done = s2s("offload", scale, "--out-dri", "x")
    assert done.exit_code == 2
    assert "--out-dri" in done.stderr


def test_pass_options_change_the_result(s2s: Invoke) -> None:
    nest = b"void f(double a[99][99])\n{\n    for (int i = 0; i < 99; i++)\n"
    nest += b"        for (int j = 0; j < 99; j++)\n            a[i][j] = i * j;\n}\n"
    Path("nest.c").write_bytes(nest)
    assert "collapse(2)" in s2s("offload", "nest.c").stdout
    for option in ("collapse-loops{max-depth=1}", " collapse-loops { max_depth=1 } "):
        assert "collapse" not in s2s("offload", "nest.c", "-P", option).stdout


def test_passes_are_listed_in_their_order_with_options(s2s: Invoke) -> None:
    from s2s.passes import PASSES, PIPELINES

    done = s2s("offload", "--list-passes")
    assert done.exit_code == 0
    names = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    listed = [name for name in names if name in PASSES]
    assert listed[: len(set(PIPELINES["offload"]))] == list(dict.fromkeys(PIPELINES["offload"]))
    assert set(listed) == set(PASSES)
    assert "max-depth=3  (int)" in done.stdout


def test_remarks_are_printed_by_kind(s2s: Invoke) -> None:
    Path("both.c").write_bytes(SCALE + RECURRENCE)
    for kinds, passed, missed in (
        ("passed", 1, 0),
        ("missed", 0, 1),
        ("passed,missed", 1, 1),
        ("all", 1, 1),
        ("analysis", 0, 0),
    ):
        done = s2s("offload", "both.c", "--dry-run", f"--remarks={kinds}")
        assert done.stdout == ""
        assert done.stderr.count("passed[S2S001]") == passed
        assert done.stderr.count("missed[S2S204]") == missed


def test_remark_shows_the_code_it_speaks_of(s2s: Invoke) -> None:
    Path("smooth.c").write_bytes(RECURRENCE)
    done = s2s("offload", "smooth.c", "-q", "--dry-run", "--remarks=missed")
    assert done.stderr == (
        "missed[S2S204]: loop carries a flow dependence of distance 1 on 'a'\n"
        " --> smooth.c:3:5\n"
        "3 |     for (int i = 1; i < n; i++)\n"
        "  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "4 |         a[i] = 0.5 * (a[i - 1] + a[i]);\n"
        "  |         ---- written\n"
        "  |                       -------- read one iteration later\n"
        "  = help: a recurrence runs in order; an outer or inner loop may still be parallel\n\n"
    )


def test_report_holds_loops_remarks_and_counts(s2s: Invoke) -> None:
    Path("both.c").write_bytes(SCALE + RECURRENCE)
    Path("bad.c").write_bytes(b"int f( {\n")
    done = s2s("offload", "both.c", "bad.c", "--out-dir", "out", "--report", "r.json")
    assert done.exit_code == 1
    report = loaded("r.json")
    both, bad = report["files"]
    assert report["command"] == "offload"
    assert both["error"] is None
    assert both["written"] is True
    assert both["output"] == "out/both.c"
    assert both["verification"] is None
    assert both["counts"]["loops"] == 2
    assert both["counts"]["loops_on_device"] == both["counts"]["target_regions"] == 1
    assert [loop["verdict"] for loop in both["loops"]] == ["parallel", "serial"]
    assert both["loops"][0]["span"]["line"] == both["loops"][0]["line"] == 3
    assert {remark["code"] for remark in both["remarks"]} == {"S2S001", "S2S204"}
    assert bad["written"] is False
    assert bad["error"]["line"] == 1


def test_plan_holds_what_is_put_into_the_file(s2s: Invoke, scale: Path) -> None:
    assert s2s("offload", scale, "--emit-plan", "p.json", "--dry-run").exit_code == 0
    (plan,) = loaded("p.json")["files"]
    (region,) = plan["regions"]
    assert region["function"] == "scale"
    assert region["anchor"]["line"] == 3
    assert region["maps"] == [{"map_type": "tofrom", "variable": "a", "item": "a[0:n]"}]
    assert plan["data"] == plan["updates"] == plan["guards"] == []


def test_nothing_offloaded_is_an_error_only_when_asked_for(s2s: Invoke, scale: Path) -> None:
    Path("smooth.c").write_bytes(RECURRENCE)
    assert s2s("offload", "smooth.c").exit_code == 0
    assert s2s("offload", "smooth.c", "--require-offload").exit_code == 4
    both = ("smooth.c", scale, "--dry-run", "--require-offload")
    assert s2s("offload", *both).exit_code == 0


def test_convert_omp_replaces_worksharing_directives(s2s: Invoke) -> None:
    text = SCALE.replace(b"    for", b"    #pragma omp parallel for\n    for")
    Path("omp.c").write_bytes(text)
    assert s2s("offload", "omp.c").stdout_bytes == text
    converted = s2s("offload", "omp.c", "--convert-omp").stdout
    assert "#pragma omp target teams distribute parallel for" in converted
    assert "#pragma omp parallel for" not in converted
