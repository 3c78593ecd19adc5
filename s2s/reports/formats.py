# SPDX-License-Identifier: Apache-2.0
"""Which format a report is written in: the suffix of its file says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from s2s import __version__
from s2s.errors import UsageError
from s2s.reports.document import ReportDocument
from s2s.reports.html import html
from s2s.reports.junit import junit
from s2s.reports.verification_sarif import verification_sarif


def verification_json(document: ReportDocument) -> str:
    """Return a report as JSON, all of it."""
    heading = {"s2s": __version__, "command": document.command.removeprefix("s2s ")}
    return json.dumps({**heading, **document.report.to_json()}, indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[ReportDocument], str]] = {
    ".json": verification_json,
    ".xml": junit,
    ".sarif": verification_sarif,
    ".html": html,
}
"""What writes a report, by suffix."""


def check_suffix(path: Path) -> None:
    """Raise UsageError for a file whose suffix is not that of a format."""
    if path.suffix.lower() not in FORMATS:
        raise UsageError(
            f"the suffix of '{path}' is not that of a report",
            hint=f"known: {', '.join(FORMATS)} (JSON, JUnit XML, SARIF, a page to look at)",
        )


def rendered(path: Path, document: ReportDocument) -> bytes:
    """Return a report in the format of a file. Raises UsageError for an unknown suffix."""
    check_suffix(path)
    return FORMATS[path.suffix.lower()](document).encode("utf-8", "replace")
