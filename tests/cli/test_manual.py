# SPDX-License-Identifier: Apache-2.0
"""The manual: a page for every code, an example that shows it, an index in step with the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from s2s.cli.manual import HEADINGS, index, kind_of, page_of, remark_pages, title_of
from s2s.driver import OffloadOptions, offload
from s2s.errors import UsageError
from s2s.passes import PASSES
from tests.cli.conftest import ROOT, Invoke

CODE = re.compile(r"\bS2S\d{3}\b")
SOURCES = ("analysis", "passes", "s2s/frontend", "s2s/backend", "s2s/rewrite", "s2s/driver.py")
NOT_SHOWN = {
    "S2S209": "needs a pair of pointers that other remarks mostly speak of first",
    "S2S210": "an example takes minutes",
}
OPTIONS = {"S2S213": {"offload-loops": {"reassociate": "false"}}}


def used_codes() -> set[str]:
    files = [
        path
        for name in SOURCES
        for path in ((ROOT / name).rglob("*.py") if (ROOT / name).is_dir() else [ROOT / name])
    ]
    return {code for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}


def example_of(page: str) -> str:
    section = page.split("\n## Example\n", 1)[1]
    return section.split("```c\n", 1)[1].split("\n```", 1)[0] + "\n"


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert set(remark_pages()) == used_codes()


@pytest.mark.parametrize("code", remark_pages())
def test_page_has_title_kind_and_the_same_headings(code: str) -> None:
    page = remark_pages()[code]
    assert page.startswith(f"# {code}: ")
    assert title_of(page)
    assert kind_of(page) in ("passed", "missed", "analysis")
    assert tuple(re.findall(r"^## (.+)$", page, re.MULTILINE)) == HEADINGS
    assert max(len(line) for line in page.splitlines()) <= 100


@pytest.mark.parametrize("code", [code for code in remark_pages() if code not in NOT_SHOWN])
def test_example_of_a_page_gives_its_remark(code: str, work_dir: Path) -> None:
    source = work_dir / "example.c"
    source.write_text(example_of(remark_pages()[code]), encoding="utf-8")
    plan = offload(source, OffloadOptions(pass_options=OPTIONS.get(code, {}))).plan
    kinds = {remark.kind.value for remark in plan.remarks if remark.code == code}
    assert kinds == {kind_of(remark_pages()[code])}, [remark.code for remark in plan.remarks]


def test_links_between_pages_lead_to_pages() -> None:
    for page in remark_pages().values():
        targets = re.findall(r"\]\(([^)]+)\)", page)
        assert {target.removesuffix(".md") for target in targets} <= set(remark_pages())


def test_index_is_in_step() -> None:
    written = (ROOT / "docs" / "remarks.md").read_text(encoding="utf-8")
    assert written == index(), "run: s2s explain --index > docs/remarks.md"


@pytest.mark.parametrize("topic", ["S2S204", "s2s204", "204"])
def test_page_is_found_by_its_code(s2s: Invoke, topic: str) -> None:
    done = s2s("explain", topic)
    assert done.exit_code == 0
    assert done.stdout == remark_pages()["S2S204"]


@pytest.mark.parametrize("name", PASSES)
def test_pass_has_a_page(name: str) -> None:
    page = page_of(name)
    assert page.startswith(f"# {name}\n")
    assert "Legality" in page


@pytest.mark.parametrize(
    ("topic", "near"), [("S2S244", "S2S204"), ("colapse-loops", "collapse-loops")]
)
def test_unknown_topic_is_a_usage_error_with_near_matches(topic: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        page_of(topic)
    assert caught.value.hint is not None
    assert near in caught.value.hint


def test_explain_without_a_topic_is_a_usage_error(s2s: Invoke) -> None:
    assert s2s("explain").exit_code == 2
    assert s2s("explain", "nonsense").exit_code == 2


def test_list_shows_every_code(s2s: Invoke) -> None:
    lines = s2s("explain", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(remark_pages())
