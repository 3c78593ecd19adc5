# SPDX-License-Identifier: Apache-2.0
"""The page is whole, needs nothing from elsewhere, and executes nothing of what it shows."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from s2s.errors import UsageError
from s2s.profile.transfers import TransferProfile
from s2s.reports.document import ReportDocument
from s2s.reports.formats import check_suffix, rendered
from s2s.reports.html import excerpt, html, marked_pieces, readable_bytes
from s2s.verify.base import VerificationVerdict
from tests.reports.conftest import LINE, TEXT, place

VOID = {"meta", "br", "link", "img"}


class Page(HTMLParser):
    """Checks that elements nest, and collects tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words += f"{data} "

    @property
    def text(self) -> str:
        return " ".join(self.words.split())


def test_page_shows_what_was_found(document: ReportDocument) -> None:
    text = Page(html(document)).text
    for expected in (
        "failed a <b>.c:8",
        "compared with serial.c",
        "T1 run and compare passed",
        "device code uses host memory that is not mapped",
        "Likely fix: map what 'b' points to",
        "the target construct",
        "mapped or declared here",
        "writes here",
        "expected 1, got 2",
        "in this run 'a' was sent to the device again",
        "keep <a>",
        "#pragma omp target teams distribute parallel for map(to: a)",
        "sm_80 SPMD 19 - 0 0 50%",
        "last \ufffd words",
        "compile result passed 1.25",
        "2 & more",
        "a note with <b>",
    ):
        assert expected in text, expected


def test_nothing_is_fetched_or_executed(document: ReportDocument) -> None:
    page = html(document)
    parsed = Page(page)
    assert not parsed.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not [a for a in parsed.attributes if a[0] in ("src", "href") or a[0].startswith("on")]
    assert "http:" not in page and "https:" not in page and "url(" not in page
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page


def test_places_are_marked_in_their_lines(document: ReportDocument) -> None:
    page = html(document)
    assert "<mark>b</mark>[i];" in page
    assert "<mark>a</mark>[i] = <mark>a</mark>[i - 1]" in page
    assert "<mark>#pragma omp target teams distribute parallel for map(to: a)</mark>" in page


def test_report_on_nothing_is_a_page_too(document: ReportDocument) -> None:
    report = replace(
        document.report,
        verdict=VerificationVerdict.NOT_RUN,
        reason="there is no clang",
        steps=(),
        comparisons=(),
        transfers=None,
        findings=(),
        kernels=(),
        redundant=(),
    )
    text = Page(html(replace(document, report=report, text=b""))).text
    assert "not run there is no clang" in text
    for transfers in (TransferProfile(),):
        Page(html(replace(document, report=replace(report, transfers=transfers))))


def test_excerpts_leave_gaps_between_lines_that_are_no_neighbours() -> None:
    shown = excerpt(TEXT, "a.c", {place(1): "one", place(8): "eight"})
    assert [line.number for line in shown.lines] == [1, 2, 3, 0, 6, 7, 8, 9, 10]
    assert [line.notes for line in shown.lines if line.notes] == [("one",), ("eight",)]
    assert excerpt(TEXT, "a.c", {place(99): "nowhere"}).lines == ()


def test_marks_are_words_at_byte_columns() -> None:
    column = LINE.index(b"b[") + 1
    pieces = marked_pieces(LINE, {column})
    assert [text for text, marked in pieces if marked] == ["b"]
    assert "".join(text for text, _ in pieces) == LINE.decode()
    assert marked_pieces(b"  x = 1", {0}) == (("  ", False), ("x = 1", True))
    assert marked_pieces(b"  x = 1", {99}) == (("  x = 1", False),)
    assert marked_pieces(b"x", set()) == (("x", False),)


def test_bytes_have_units() -> None:
    sizes = (0, 1023, 1536, 5 << 20, 3 << 40)
    assert [readable_bytes(n) for n in sizes] == ["0 B", "1023 B", "1.5 KiB", "5.0 MiB", "3.0 TiB"]


def test_suffix_chooses_the_format(document: ReportDocument) -> None:
    assert json.loads(rendered(Path("r.json"), document))["redundant"][0]["bytes"] == 288
    assert rendered(Path("r.XML"), document).startswith(b"<?xml")
    assert rendered(Path("r.html"), document).startswith(b"<!DOCTYPE html>")
    with pytest.raises(UsageError, match=re.escape(".json, .xml, .sarif, .html")):
        check_suffix(Path("r.pdf"))
