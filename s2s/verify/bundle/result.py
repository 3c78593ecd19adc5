# SPDX-License-Identifier: Apache-2.0
"""Read what the judge of a bundle wrote: it becomes a report like that of any verification."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from s2s.errors import InputError
from s2s.verify.base import (
    Comparison,
    Difference,
    Step,
    StepStatus,
    VerificationReport,
    VerificationVerdict,
)
from s2s.verify.run import Execution
from s2s.verify.tiers import Tier

FORMAT = "s2s-bundle-result"
VERSION = 1


def read_result(path: Path) -> VerificationReport:
    """Return the report; its notes begin with the machine that it comes from.

    Raises InputError for a file that is not what a judge writes.
    """
    try:
        document = json.loads(path.read_bytes())
        if document["format"] != FORMAT or document["version"] != VERSION:
            raise InputError(f"is no result of a bundle of version {VERSION}", path=path)
        return _report(document)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("is no result of a bundle", path=path) from error


def _report(document: Mapping[str, Any]) -> VerificationReport:
    steps = tuple(_step(run) for run in document["runs"])
    return VerificationReport(
        original=Path(document["bundle"]),
        verdict=VerificationVerdict(document["verdict"]),
        tier=Tier(document["tier"]),
        reason=document["reason"],
        steps=steps,
        comparisons=tuple(_comparison(c) for c in document["comparisons"]),
        notes=(_machine(document), *map(str, document["notes"]), *_times(document["runs"])),
        seconds=sum(step.seconds for step in steps),
    )


def _step(run: Mapping[str, Any]) -> Step:
    code = run["exit_code"]
    execution = Execution(
        code, run["stdout"]["text"].encode(), run["stderr"]["text"].encode(), run["seconds"]
    )
    status = StepStatus.PASSED if code is not None and code >= 0 else StepStatus.FAILED
    name = f"run {run['name']} on {run['device']}"
    return Step(name, status, execution.describe(), execution.seconds)


def _comparison(data: Mapping[str, Any]) -> Comparison:
    first = data["first"]
    return Comparison(**{**data, "first": Difference(**first) if first else None})


def _machine(document: Mapping[str, Any]) -> str:
    gpus = ", ".join(f"{gpu['name']} ({gpu['arch']})" for gpu in document["gpus"]) or "no GPU"
    system = f"{document['system']} {document['release']} on {document['machine']}"
    return f"run at {document['date']}: {gpus}; {system}, {document['processors']} processors"


def _times(runs: list[Mapping[str, Any]]) -> list[str]:
    """Return one line on the wall times, start of the programs included."""
    times = [f"{run['name']} on {run['device']} {run['seconds']:.3f} s" for run in runs]
    return [f"wall times: {', '.join(times)}"] if times else []
