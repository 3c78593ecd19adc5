# SPDX-License-Identifier: Apache-2.0
"""Check offload programs that people wrote: HeCBench's ``*-omp`` programs, Rodinia's ports.

``python -m benchmarks.human_codes DIR --json out.json`` where DIR holds the checkouts that
``human_codes.json`` names, one folder each. Every program is given to ``s2s check`` (T0 to T3) with
small arguments, one at a time; ``--markdown`` writes the table. Programs that were looked at before
are taken from the JSON file, so that a campaign can be stopped and taken up again. An alarm counts
as what its entry in the manifest says, which somebody wrote after reading the source. Exit code 1
when an alarm is false or nobody has classified it.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from s2s.verify.run import PlainSink, RunCommand, execute

MANIFEST = Path(__file__).with_suffix(".json")
RUN_SECONDS = 12.0
"""Limit of an ordinary run; s2s gives instrumented ones ten and forty times as long."""
TIER_SECONDS = 60.0
"""What takes longer in any tier is given up."""
CHECK_SECONDS = 300.0
_MESSAGE_LENGTH = 160


class Judgement(StrEnum):
    """What an alarm was found to be by reading the source.

    ``real``: the program is wrong by OpenMP's rules, and can give wrong results. ``benign``: it
    breaks the rules in a way that cannot change what it computes (all threads write one value).
    ``false``: it is right, and s2s is not. ``unclassified``: nobody has looked.
    """

    REAL = "real"
    BENIGN = "benign"
    FALSE = "false"
    UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class HumanCode:
    """A program of the manifest: where it is, how it is built and run, what its alarms are.

    ``sources`` are relative to ``directory``, the first holds the main program unless told
    otherwise; ``arguments`` are the compiler's, ``run`` the program's.
    """

    suite: str
    name: str
    directory: str
    sources: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    judgement: Judgement = Judgement.UNCLASSIFIED
    why: str = ""


@dataclass(slots=True)
class CheckResult:
    """What ``s2s check`` said of a program; ``seconds`` are wall time."""

    suite: str
    name: str
    verdict: str
    tier: str = ""
    reason: str = ""
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    runs: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def is_alarm(self) -> bool:
        """Whether s2s says that the program is wrong."""
        return self.verdict == "failed"


def read_manifest(path: Path) -> list[HumanCode]:
    """Return the programs of a manifest; raises ClickException when it is not one."""
    try:
        entries = json.loads(path.read_text("utf-8"))["programs"]
        return [_program(entry) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise click.ClickException(f"{path} is no manifest: {error}") from error


def _program(entry: dict[str, Any]) -> HumanCode:
    lists = {k: tuple(v) for k, v in entry.items() if isinstance(v, list)}
    judgement = Judgement(entry.get("judgement", Judgement.UNCLASSIFIED))
    return HumanCode(**{**entry, **lists, "judgement": judgement})


def check(program: HumanCode, suites: Path) -> CheckResult:
    """Run ``s2s check`` on a program."""
    directory = suites / program.suite / program.directory
    main, *others = program.sources
    with tempfile.TemporaryDirectory(prefix="s2s-human-") as scratch:
        report = Path(scratch) / "report.json"
        words = ["-m", "s2s", "check", main, "--timeout", str(RUN_SECONDS), "--report", str(report)]
        words += ["--run", shlex.join(["./main", *_absolute(program.run, directory)])]
        words += [word for other in others for word in ("--link-with", other)]
        words += ["--", "-w", *program.arguments]
        command = RunCommand(sys.executable, tuple(words))
        done = execute(
            Path(sys.executable), command, directory, os.environ, CHECK_SECONDS, PlainSink()
        )
        said = done.stderr.decode("utf-8", "replace")
        if done.timed_out:
            return CheckResult(program.suite, program.name, "given up", seconds=done.seconds)
        if not report.is_file():
            return CheckResult(program.suite, program.name, "error", reason=said[-2000:])
        return _result(program, json.loads(report.read_text("utf-8")), done.seconds)


def _absolute(run: Iterable[str], directory: Path) -> list[str]:
    """Return arguments with paths outside of the directory made absolute: runs are elsewhere."""
    return [
        str((directory / word).resolve()) if ".." in word and (directory / word).exists() else word
        for word in run
    ]


def _result(program: HumanCode, report: dict[str, Any], seconds: float) -> CheckResult:
    findings = []
    for finding in report["findings"]:
        place = finding["place"] or finding["construct"]
        where = f"{Path(place['file']).name}:{place['line']}: " if place else ""
        findings.append(f"{finding['tier']} {where}{finding['message']}")
    failed = [s for s in report["steps"] if s["status"] == "failed"]
    messages = [f"{s['name']}: {s['detail'].strip()[:600]}" for s in failed]
    return CheckResult(
        program.suite,
        program.name,
        report["verdict"],
        report["tier"],
        "\n".join([report["reason"], *messages]),
        findings,
        report["notes"],
        {s["name"]: s["seconds"] for s in report["steps"]},
        seconds,
    )


def markdown(programs: Iterable[HumanCode], results: dict[str, CheckResult]) -> str:
    """Return the table as Markdown."""
    header = "| program | arguments | verdict | tier | s | what was found | judged | why |"
    rows = [header, "|---|---|---|---|---|---|---|---|"]
    for program in programs:
        result = results.get(_key(program))
        if result is None:
            continue
        cells = [
            f"{program.suite}/{program.name}",
            " ".join(program.run),
            result.verdict,
            result.tier,
            f"{result.seconds:.0f}",
            _found(result),
            program.judgement.value if result.is_alarm else "",
            program.why,
        ]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def _found(result: CheckResult) -> str:
    if result.verdict == "passed":
        return ""
    first = result.findings[0] if result.findings else result.reason.split("\n")[0]
    more = f" (and {len(result.findings) - 1} more)" if len(result.findings) > 1 else ""
    return first[:_MESSAGE_LENGTH] + more


def summary(programs: Iterable[HumanCode], results: dict[str, CheckResult]) -> tuple[str, bool]:
    """Return the counts as a sentence, and whether no alarm is false or unclassified."""
    checked = [(p, results[_key(p)]) for p in programs if _key(p) in results]
    verdicts = Counter(result.verdict for _, result in checked)
    judged = Counter(program.judgement for program, result in checked if result.is_alarm)
    decided = verdicts["passed"] + verdicts["failed"]
    false = judged[Judgement.FALSE]
    text = f"{len(checked)} programs: " + ", ".join(f"{n} {v}" for v, n in verdicts.most_common())
    text += "; alarms: " + (", ".join(f"{n} {j}" for j, n in judged.most_common()) or "none")
    text += f"; false alarms: {false} of {decided} ({100 * false / max(1, decided):.1f} %)"
    return text, not false and not judged[Judgement.UNCLASSIFIED]


def _key(program: HumanCode | CheckResult) -> str:
    return f"{program.suite}/{program.name}"


def _read_results(path: Path) -> dict[str, CheckResult]:
    if not path.is_file():
        return {}
    found = (CheckResult(**entry) for entry in json.loads(path.read_text("utf-8")))
    return {_key(result): result for result in found}


def _write_results(path: Path, results: dict[str, CheckResult]) -> None:
    text = json.dumps([asdict(result) for result in results.values()], indent=1)
    path.write_text(text + "\n", "utf-8")


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "json_path", type=click.Path(path_type=Path), required=True)
@click.option("--manifest", type=click.Path(path_type=Path), default=MANIFEST)
@click.option("--markdown", "table", type=click.Path(path_type=Path), help="Write the table here.")
@click.option("--only", multiple=True, help="Only these programs, and again.")
def main(
    directory: Path, json_path: Path, manifest: Path, table: Path | None, only: tuple[str, ...]
) -> None:
    """Check the programs of the manifest, whose suites lie in DIRECTORY."""
    programs = read_manifest(manifest)
    results = _read_results(json_path)
    for program in programs:
        if (only and program.name not in only) or (not only and _key(program) in results):
            continue
        result = check(program, directory.resolve())
        if max(result.runs.values(), default=0.0) > TIER_SECONDS and not result.is_alarm:
            result.notes.append(f"a tier took more than {TIER_SECONDS:g} s")
        results[_key(program)] = result
        _write_results(json_path, results)
        click.echo(f"{_key(program)}: {result.verdict} {result.tier} {result.seconds:.0f} s")
    text, good = summary(programs, results)
    if table is not None:
        table.write_text(f"{markdown(programs, results)}\n\n{text}\n", "utf-8")
    click.echo(text)
    sys.exit(not good)


if __name__ == "__main__":
    main()
