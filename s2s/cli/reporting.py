# SPDX-License-Identifier: Apache-2.0
"""``--report``: check where reports go, and write them."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from s2s.cli.destinations import check_target
from s2s.cli.writing import write_file
from s2s.errors import UsageError
from s2s.reports.document import ReportDocument
from s2s.reports.formats import check_suffix, rendered


def check_reports(paths: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Check files that reports are to be written to, before anything else is done.

    Raises UsageError for an unknown suffix and for one file named twice, OutputError for a file
    that cannot be written or is an input.
    """
    for path in paths:
        check_target(path, inputs)
        check_suffix(path)
    if len({path.absolute() for path in paths}) < len(paths):
        raise UsageError("two reports would be written to the same file")


def write_reports(paths: Sequence[Path], document: ReportDocument) -> None:
    """Write a report in the format of each file. Raises OutputError."""
    for path in paths:
        write_file(path, rendered(path, document))


def host_name() -> str:
    """Return the name of this machine, as reports give it."""
    return platform.node() or "localhost"
