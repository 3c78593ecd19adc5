# SPDX-License-Identifier: Apache-2.0
"""A refusal is a value with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from s2s.diagnostics import Label
from s2s.source import Span


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a loop does not become a target region."""

    code: str
    message: str
    span: Span
    help: str = ""
    labels: tuple[Label, ...] = ()
