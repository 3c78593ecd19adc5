# SPDX-License-Identifier: Apache-2.0
"""SARIF 2.1.0 (OASIS): rules and results with places, whatever found them.

The caller says what the rules are; see ``verification_sarif`` for verifications and remarks.
Columns count UTF-16 code units, which is SARIF's default, and are left out when the text of the
line is not at hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

Level = str
"""``error``, ``warning``, ``note`` or ``none``."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of result: a stable id, a name in CamelCase, texts, the level it has by default."""

    id: str
    name: str
    summary: str
    help: str
    level: Level = "error"

    def to_json(self) -> dict[str, Any]:
        """Return a reportingDescriptor."""
        return {
            "id": self.id,
            "name": self.name,
            "shortDescription": {"text": self.summary},
            "fullDescription": {"text": self.summary},
            "help": {"text": self.help},
            "defaultConfiguration": {"level": self.level},
        }


@dataclass(frozen=True, slots=True)
class Location:
    """A place: ``line`` 0 is the whole file, ``column`` 1-based in UTF-16 code units or 0."""

    file: str
    line: int = 0
    column: int = 0
    message: str = ""

    def to_json(self, number: int | None = None) -> dict[str, Any]:
        """Return a location object, with an id if it is a related one."""
        physical: dict[str, Any] = {"artifactLocation": {"uri": uri_of(self.file)}}
        if self.line > 0:
            region = {"startLine": self.line}
            if self.column > 0:
                region["startColumn"] = self.column
            physical["region"] = region
        out: dict[str, Any] = {"physicalLocation": physical}
        if number is not None:
            out["id"] = number
        if self.message:
            out["message"] = {"text": self.message}
        return out


@dataclass(frozen=True, slots=True)
class Result:
    """One result: its rule, what happened, where, and the places that belong to it."""

    rule: str
    message: str
    locations: tuple[Location, ...]
    related: tuple[Location, ...] = ()
    level: Level = "error"
    kind: str = "fail"
    properties: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self, indices: Mapping[str, int]) -> dict[str, Any]:
        """Return a result object; ``indices`` are those of the rules."""
        out: dict[str, Any] = {
            "ruleId": self.rule,
            "ruleIndex": indices[self.rule],
            "kind": self.kind,
            "level": self.level if self.kind == "fail" else "none",
            "message": {"text": self.message},
            "locations": [location.to_json() for location in self.locations],
        }
        if self.related:
            out["relatedLocations"] = [
                location.to_json(number) for number, location in enumerate(self.related, 1)
            ]
        if self.properties:
            out["properties"] = dict(self.properties)
        return out


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to say about the run of the tool itself."""

    message: str
    level: Level = "note"

    def to_json(self) -> dict[str, Any]:
        """Return a notification object."""
        return {"level": self.level, "message": {"text": self.message}}


def sarif_log(
    version: str,
    rules: Sequence[Rule],
    results: Sequence[Result],
    notices: Sequence[Notice] = (),
    *,
    successful: bool = True,
) -> str:
    """Return a log of one run; ``successful`` tells whether the tool could do what was asked."""
    indices = {rule.id: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "s2s",
                "version": version,
                "rules": [rule.to_json() for rule in rules],
            }
        },
        "columnKind": "utf16CodeUnits",
        "invocations": [
            {
                "executionSuccessful": successful,
                "toolExecutionNotifications": [notice.to_json() for notice in notices],
            }
        ],
        "results": [result.to_json(indices) for result in results],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def uri_of(file: str) -> str:
    """Return a path as a URI reference: relative ones stay so, absolute ones are ``file:``."""
    path = PurePath(file)
    text = quote(path.as_posix())
    return f"file://{text}" if path.is_absolute() else text


def utf16_column(line: bytes, column: int) -> int:
    """Return the column in UTF-16 code units of a 1-based byte column; 0 stays 0."""
    if column < 1:
        return 0
    before = line[: column - 1].decode("utf-8", "replace")
    return len(before.encode("utf-16-le")) // 2 + 1
