# SPDX-License-Identifier: Apache-2.0
"""What a run left behind, and its comparison with what the original's run left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from s2s.verify.base import Comparison
from s2s.verify.compare import (
    Format,
    Place,
    compare_exit_codes,
    compare_file,
    compare_text,
    missing_file,
    resolve_format,
    unstable_places,
)
from s2s.verify.leagues import has_whole_leagues
from s2s.verify.run import Execution, RunCommand, run_on_host
from s2s.verify.self_check import own_complaint, own_verdict
from s2s.verify.session import Session

ORIGINAL = "original"

ON_ONE_HOST_THREAD = (
    ("OMP_TARGET_OFFLOAD", "DISABLED"),
    ("OMP_NUM_THREADS", "1"),
    ("OMP_NUM_TEAMS", "1"),
)
"""Environment in which an offload program runs its regions serially, in the host's memory."""

ON_THE_DEVICE = (
    ("OMP_TARGET_OFFLOAD", "MANDATORY"),
    ("LIBOMP_USE_HIDDEN_HELPER_TASK", "0"),
)
"""Environment in which an offload program runs on the host device, whoever starts it."""

WHOLE_LEAGUES_ON_HOST = (("OMP_TARGET_OFFLOAD", "DISABLED"), ("S2S_HOST_THREADS", "1"))
"""The same for a program that has to have all teams and threads that it asks for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left: how it ended and the named files that it wrote."""

    execution: Execution
    files: dict[PurePath, bytes]

    def streams(self, with_stderr: bool) -> dict[str, bytes]:
        """Return the texts that the program wrote, by name."""
        streams = {"stdout": self.execution.stdout}
        if with_stderr:
            streams["stderr"] = self.execution.stderr
        return streams


def collected(session: Session, execution: Execution, directory: Path) -> Outcome:
    """Take in the files of a run that is over."""
    paths = {out.name: directory / out.name for out in session.request.output_files}
    files = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    return Outcome(execution, files)


def noted(session: Session, name: str, execution: Execution, directory: Path) -> Outcome:
    """Note the run ``name`` as a step and take in its files."""
    ended = execution.exit_code is not None and execution.exit_code >= 0
    session.evidence.step(f"run {name}", ended, execution.describe(), execution.seconds)
    return collected(session, execution, directory)


@dataclass(frozen=True, slots=True)
class Reference:
    """The original's run of one command, which other runs of the command are compared with.

    ``on_host`` tells that the original is the offload program itself, to be run on one thread of
    the host. ``known`` holds, by stream, the places that were seen to differ between its own runs.

    ``keeps_copies`` tells that the program is right only if the host's memory stays as it is while
    the device changes its own; the run is one on the device then.
    """

    session: Session
    command: RunCommand
    binary: Path
    on_host: bool
    outcome: Outcome
    keeps_copies: bool = False
    known: dict[str, frozenset[Place]] = field(default_factory=dict, compare=False)

    @property
    def crashed(self) -> bool:
        """Whether the run was ended by a signal."""
        code = self.outcome.execution.exit_code
        return code is not None and code < 0

    @property
    def obstacle(self) -> str:
        """Why the run is nothing to compare with, empty if it is."""
        request, execution = self.session.request, self.outcome.execution
        if execution.exit_code is None:
            return f"the original did not end within {request.timeout_s:g} s"
        if execution.exit_code < 0:
            return f"the original itself fails: {execution.describe()}"
        missing = [o.name for o in request.output_files if o.name not in self.outcome.files]
        if missing:
            return f"the original did not write {', '.join(map(str, missing))}"
        return ""

    def compare(self, name: str, outcome: Outcome) -> bool:
        """Compare the run ``name`` with this one and note the comparisons; tell if it is equal."""
        comparisons = self.comparisons(name, outcome)
        self.session.evidence.comparisons += comparisons
        return all(comparison.equal for comparison in comparisons)

    def comparisons(self, name: str, outcome: Outcome) -> list[Comparison]:
        """Compare the run ``name`` with this one, without noting it.

        Where they differ, the original is run again: what differs between its own runs is no
        difference.
        """
        comparisons = self._comparisons(name, outcome)
        if not all(comparison.equal for comparison in comparisons):
            before = dict(self.known)
            if self.unstable(f" again for {name}") != before:
                comparisons = self._comparisons(name, outcome)
        return comparisons

    def unstable(self, suffix: str) -> dict[str, frozenset[Place]]:
        """Run the original again; return, by stream, the values that differ between its runs."""
        again = run_original(self.session, self.command, self.binary, self.on_host, suffix).outcome
        for stream, places in self._differing(again).items():
            if places:
                self.known[stream] = self.known.get(stream, frozenset()) | places
        return self.known

    def _differing(self, again: Outcome) -> dict[str, frozenset[Place]]:
        request = self.session.request
        texts = again.streams(request.compare_stderr)
        places = {
            stream: unstable_places(text, texts[stream])
            for stream, text in self.outcome.streams(request.compare_stderr).items()
        }
        for output in request.output_files:
            mine, theirs = self.outcome.files[output.name], again.files.get(output.name, b"")
            if resolve_format(output.format, mine) is Format.TEXT:
                places[str(output.name)] = unstable_places(mine, theirs)
        return places

    def _comparisons(self, name: str, outcome: Outcome) -> list[Comparison]:
        unstable = self.known
        request, rules = self.session.request, self.session.rules
        expected, actual = self.outcome.execution, outcome.execution
        out = [compare_exit_codes(expected.exit_code, actual.exit_code, name)]
        written = outcome.streams(request.compare_stderr)
        for stream, text in self.outcome.streams(request.compare_stderr).items():
            mine = replace(rules, unstable=unstable.get(stream, frozenset()))
            out.append(compare_text(text, written[stream], mine, name, stream))
        for output in request.output_files:
            stream = str(output.name)
            content = outcome.files.get(output.name)
            mine = replace(rules, unstable=unstable.get(stream, frozenset()))
            before = self.outcome.files[output.name]
            if content is None:
                out.append(missing_file(before, name, stream))
            else:
                out.append(compare_file(before, content, output.format, mine, name, stream))
        return out


def run_original(
    session: Session, command: RunCommand, binary: Path, on_host: bool, suffix: str = ""
) -> Reference:
    """Run the original; ``suffix`` tells further runs of it apart from the first."""
    directory = session.directory(ORIGINAL + suffix)
    alone = ON_ONE_HOST_THREAD if not has_whole_leagues(command) else WHOLE_LEAGUES_ON_HOST
    where = replace(command, environment=(*command.environment, *alone))
    execution = run_on_host(
        binary, where if on_host else command, directory, session.clang, session.request.timeout_s
    )
    outcome = noted(session, ORIGINAL + suffix, execution, directory)
    return Reference(session, command, binary, on_host, outcome)


def believable(reference: Reference, binary: Path) -> Reference:
    """Return a program's run on the device for that on the host, if only the former is right.

    Programs that copy their input to the device again and again, to measure the same kernel, get
    something else where the device shares the host's memory, as on the host itself. If they say so
    of their result there, and that it is right on the device, the host's run is nothing to compare
    with.
    """
    complaint = own_complaint(reference.outcome.execution.stdout)
    if not complaint:
        return reference
    command = reference.command
    on_device = replace(command, environment=(*command.environment, *ON_THE_DEVICE))
    other = run_original(reference.session, on_device, binary, False, " on the device")
    verdict = own_verdict(other.outcome.execution.stdout)
    if other.obstacle or not verdict:
        return reference
    reference.session.evidence.notes.append(
        f"the program's run on the host says {complaint!r}, that on the device {verdict!r}: it "
        "needs a device with memory of its own, and was compared with its run there"
    )
    return replace(other, keeps_copies=True)
