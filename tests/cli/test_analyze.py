# SPDX-License-Identifier: Apache-2.0
"""``s2s analyze``: tables, JSON and graphs; the file stays as it is."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import RECURRENCE, ROOT, SCALE, Invoke

HEAT = ROOT / "examples" / "heat2d" / "heat2d.c"

DEEP = b"""\
void steps(int n, double *restrict a, double *restrict b)
{
    double first = 1.0;
    for (int t = 0; t < 100; t++) {
        for (int i = 0; i < n; i++)
            b[i] = a[i] * first;
        for (int i = 0; i < n; i++)
            a[i] = b[i] + 1.0;
    }
    a[0] = "\\"quoted\\"\\n"[0];
}
"""


def rows(text: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if line.strip()]


def test_table_shows_every_loop_with_its_verdict_and_reason(s2s: Invoke) -> None:
    Path("both.c").write_bytes(SCALE + RECURRENCE)
    done = s2s("analyze", "both.c")
    assert done.exit_code == 0
    assert done.stderr == ""
    table = rows(done.stdout)
    assert ["3", "for i", "parallel", "offloaded", "n"] in [row[:5] for row in table]
    (serial,) = [row for row in table if row[:4] == ["8", "for i", "serial", "host"]]
    assert serial[-1].startswith("S2S204: loop carries a flow dependence of distance 1")
    assert "both.c: 2 loops, 1 of them offloaded, in 1 target regions" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.endswith(" ")]
    assert Path("both.c").read_bytes() == SCALE + RECURRENCE


def test_inner_loops_are_indented(s2s: Invoke) -> None:
    lines = s2s("analyze", HEAT).stdout.splitlines()
    outer = next(line for line in lines if re.search(r"\d+ +for t", line))
    inner = next(line for line in lines[lines.index(outer) :] if "for i" in line)
    assert inner.index("for") == outer.index("for") + 2


def test_plan_shows_what_is_put_into_the_file(s2s: Invoke) -> None:
    table = rows(s2s("analyze", HEAT).stdout)
    data = [row for row in table if len(row) > 3 and row[2] == "target data"]
    assert any("map(tofrom: now[0:" in row[3] for row in data)
    assert any(
        row[1:3] == ["main", "target teams distribute parallel for"] for row in table if row[2:]
    )


def test_file_without_loops_is_said_to_have_none(s2s: Invoke) -> None:
    Path("none.c").write_text("int x;\n")
    assert s2s("analyze", "none.c").stdout == "none.c: no loops\n"


def test_json_holds_loops_and_plan(s2s: Invoke, scale: Path) -> None:
    Path("smooth.c").write_bytes(RECURRENCE)
    document = json.loads(s2s("analyze", "--json", scale, "smooth.c").stdout)
    first, second = document["files"]
    assert first["loops"][0]["disposition"] == "offloaded"
    assert first["plan"]["regions"][0]["function"] == "scale"
    assert second["remarks"][0]["code"] == "S2S204"
    assert second["plan"]["regions"] == []


def test_bad_file_among_good_ones_is_an_error_at_the_end(s2s: Invoke, scale: Path) -> None:
    done = s2s("analyze", "no.c", scale)
    assert done.exit_code == 1
    assert "no.c: cannot be read" in done.stderr
    assert "1 loops" in done.stdout


def test_graph_shows_places_values_and_data_environments(s2s: Invoke) -> None:
    Path("deep.c").write_bytes(DEEP)
    assert s2s("analyze", "deep.c", "--graph", "g.dot").exit_code == 0
    text = Path("g.dot").read_text(encoding="utf-8")
    assert text.startswith("digraph s2s {")
    nodes = dict(re.findall(r"(f0_\d+) \[label=\"(.*?)\", fillcolor", text))
    device = {name for name, label in nodes.items() if "offloaded" in label}
    assert len(device) == 2
    (before,) = [name for name, label in nodes.items() if label.startswith("3: ")]
    assert any(f'{before} -> {name} [label="first", color="#1565c0"' in text for name in device)
    assert re.search(r'label="target data map\(tofrom: [^"]*a\[0:n\]', text)
    assert "lines 4-9" in text


@pytest.mark.skipif(shutil.which("dot") is None, reason="no graphviz")
def test_graph_can_be_drawn(s2s: Invoke) -> None:
    Path("deep.c").write_bytes(DEEP)
    for source in ("deep.c", HEAT):
        done = s2s("analyze", source, "--graph", "g.svg")
        assert done.exit_code == 0, done.stderr
        assert b"<svg" in Path("g.svg").read_bytes()


def test_missing_graphviz_is_a_clear_error(
    s2s: Invoke, scale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s2s.cli.graph.shutil.which", lambda _name: None)
    done = s2s("analyze", scale, "--graph", "g.svg")
    assert done.exit_code == 1
    assert "there is no 'dot'" in done.stderr
    assert "hint: install graphviz" in done.stderr
    assert not Path("g.svg").exists()


@pytest.mark.parametrize("name", ["g.png", "g", ".dot"])
def test_other_kinds_of_graph_are_usage_errors(s2s: Invoke, scale: Path, name: str) -> None:
    assert s2s("analyze", scale, "--graph", name).exit_code == 2
