# SPDX-License-Identifier: Apache-2.0
"""``--verify``: ask the verification and show its report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from s2s.cli.console import print_table
from s2s.cli.deep_stack import with_deep_stack
from s2s.cli.kernel_table import show_kernels
from s2s.cli.projects import user_build
from s2s.cli.reporting import host_name
from s2s.cli.text_diff import split_lines
from s2s.cli.verification_options import VerificationOptions
from s2s.driver import OffloadResult, analyses_of
from s2s.errors import UsageError
from s2s.profile.transfers import SiteTraffic, TransferProfile
from s2s.reports.document import ReportDocument
from s2s.source import SourceFile
from s2s.toolchain.discover import discover_clang
from s2s.toolchain.gcc import discover_gcc
from s2s.verify.base import Comparison, StepStatus, VerificationReport, VerificationVerdict
from s2s.verify.function.harness import verify_function
from s2s.verify.gpu import check_architectures
from s2s.verify.launch import parse_launcher
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest, parse_output_file
from s2s.verify.static.gcc_offload import gcc_devices
from s2s.verify.static.kernels import gpu_architectures
from s2s.verify.tiers import Tier

_STYLES = {
    VerificationVerdict.PASSED: "bold green",
    VerificationVerdict.FAILED: "bold red",
    VerificationVerdict.NOT_RUN: "bold yellow",
}


MANY_REMARKS = 10
"""More redundant transfers than this are in the written reports only."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A report, the text that its profile speaks of, and the one that its kernels come from.

    ``device_text`` is the result without thresholds, ``text`` the result.
    """

    report: VerificationReport
    device_text: bytes
    text: bytes


def verify(result: OffloadResult, device_text: bytes, options: VerificationOptions) -> Verified:
    """Verify a result against its original; ``device_text`` is the result without thresholds.

    Raises UsageError for options that make no sense, VerificationError and ToolchainError when
    nothing can be run.
    """
    request = VerificationRequest(
        result.source.path,
        result.text,
        device_text=device_text,
        declared_edits=result.declared_edits,
    )
    request = completed(request, options, result.clang_args)
    return Verified(carried_out(request, options.function), device_text, result.text)


def carried_out(request: VerificationRequest, function: str | None) -> VerificationReport:
    """Verify the program, or one function of it with generated inputs.

    Raises UsageError, InputError, VerificationError and ToolchainError.
    """
    if function is None:
        return verify_offload(request)
    path = request.original
    analyses = with_deep_stack(lambda: analyses_of(path, request.clang_args), path)
    return verify_function(request, analyses, function)


def document_of(
    verified: Verified, result: OffloadResult, options: VerificationOptions
) -> ReportDocument:
    """Return what is to be reported: places in the translation belong to lines of the original."""
    source = result.source
    return ReportDocument(
        "s2s offload --verify",
        source.path,
        verified.report,
        verified.device_text,
        original_lines(verified.device_text, source.content),
        Tier(f"T{options.tier}"),
        source,
        result.plan.remarks,
        host=host_name(),
    )


def completed(
    request: VerificationRequest, options: VerificationOptions, clang_args: tuple[str, ...]
) -> VerificationRequest:
    """Return a request with all that the options say. Raises UsageError."""
    launching = options.launcher is not None or options.gpu_arch
    if launching and options.tier != Tier.GPU.value[1:]:
        raise UsageError("--launcher and --gpu-arch are for tier 4", hint="add --tier 4")
    check_architectures(options.gpu_arch)
    if options.function is not None and (options.run or options.files or options.inputs):
        raise UsageError(
            "--function calls one function with generated inputs",
            hint="leave out --run, --files and --inputs",
        )
    if options.build is not None:
        _check_build(request, options)
    return replace(
        request,
        clang_args=clang_args,
        run=options.run,
        output_files=tuple(parse_output_file(name) for name in options.files),
        extra_sources=options.link_with,
        timeout_s=options.timeout,
        ignore=options.ignore,
        tier=Tier(f"T{options.tier}"),
        compare=options.compare,
        every_launch=options.every_launch,
        gpu_architectures=available_architectures(),
        untrusted=options.untrusted,
        run_architectures=options.gpu_arch,
        launcher=parse_launcher(options.launcher),
        inputs=options.inputs,
        count_work=options.roofline is not None,
        build=None
        if request.units
        else user_build(options.build, request.original, request.result),
    )


def _check_build(request: VerificationRequest, options: VerificationOptions) -> None:
    """Refuse what a build of the user's own leaves no room for. Raises UsageError."""
    if options.link_with or request.units:
        raise UsageError("--build stands alone: the build compiles and links the whole program")
    if options.untrusted:
        raise UsageError("--untrusted cannot confine a build of your own", hint="leave out one")
    if options.function is not None or options.tier == Tier.GPU.value[1:]:
        what = "--function" if options.function is not None else "--tier 4"
        raise UsageError(f"{what} builds the program itself, and not by --build")


def _equal_runs(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Say what was equal: one line for all runs in which the same was compared."""
    streams: dict[str, list[str]] = {}
    for comparison in comparisons:
        if comparison.equal:
            inexact = f", {comparison.inexact} within tolerance" if comparison.inexact else ""
            numbers = f" ({comparison.numbers} numbers{inexact})"
            own = numbers if comparison.stream != "exit code" else ""
            streams.setdefault(comparison.run, []).append(comparison.stream + own)
    alike: dict[str, list[str]] = {}
    for run, texts in streams.items():
        alike.setdefault(", ".join(texts), []).append(run)
    for text, runs in alike.items():
        yield f"equal: {text} in {'; '.join(runs)}"


def available_architectures() -> tuple[str, ...]:
    """Return the GPUs that this machine can compile for."""
    clang = discover_clang()
    if clang is None:
        return ()
    return (*gpu_architectures(clang), *gcc_devices(discover_gcc()))


def show_verification(verified: Verified, source: SourceFile, console: Console) -> None:
    """Print verdict, evidence, and the bytes and launches of every source line."""
    report = verified.report
    places = original_lines(verified.text, source.content)
    show_report(report, source.path, console, places)
    if report.transfers is not None and report.transfers.sites:
        print_table(console, transfer_table(report.transfers, verified.device_text, source))


def show_report(
    report: VerificationReport, path: Path, console: Console, places: tuple[int, ...] = ()
) -> None:
    """Print verdict, findings, comparisons and kernels.

    ``path`` is the file whose lines are shown; ``places`` holds the line there of every line of the
    text that was verified, where that is another.
    """
    verdict = Text(report.verdict.value.replace("-", " ").upper(), _STYLES[report.verdict])
    tier = f"{report.tier.value}, " if report.tier.value != "none" else ""
    line = Text.assemble(f"verification of {path}: ", verdict, f" ({tier}{report.seconds:.1f} s)")
    console.print(line, soft_wrap=True)
    if report.reason:
        console.print(f"  {report.reason}", soft_wrap=True)
    for step in report.steps:
        if step.status is StepStatus.FAILED:
            console.print(f"  {step.name}: {step.status.value}", style="red")
            for text in step.detail.splitlines()[:20]:
                console.print(f"    {text}", soft_wrap=True)
    for finding in report.findings:
        console.print(f"  {finding.tier.value} {finding}", style="red", soft_wrap=True)
        console.print(f"     = help: {finding.hint}", soft_wrap=True)
    for comparison in report.comparisons:
        if not comparison.equal:
            console.print(f"  {comparison}", style="red", soft_wrap=True)
    for text in _equal_runs(report.comparisons):
        console.print(f"  {text}", soft_wrap=True)
    for region in report.regions:
        style = None if region.first is None else "red"
        console.print(f"  region {region}", style=style, soft_wrap=True)
    for transfer in report.redundant[:MANY_REMARKS]:
        console.print(f"  profile: {transfer}", soft_wrap=True)
        console.print(f"     = help: {transfer.hint}", soft_wrap=True)
    if len(report.redundant) > MANY_REMARKS:
        more = len(report.redundant) - MANY_REMARKS
        console.print(f"  profile: {more} more redundant transfers; see --report", soft_wrap=True)
    for note in report.notes:
        console.print(f"  note: {note}", soft_wrap=True)
    if report.kernels:
        show_kernels(report.kernels, path, places, console)


def transfer_table(profile: TransferProfile, text: bytes, source: SourceFile) -> Table:
    """Return bytes, copies and launches by line of the original source."""
    places = original_lines(text, source.content)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("line", justify="right")
    table.add_column("source", overflow="ellipsis", no_wrap=True, max_width=48)
    for name in ("launches", "bytes to device", "copies", "bytes from device", "copies"):
        table.add_column(name, justify="right", no_wrap=True)
    for site in profile.sites:
        line, shown = _place(site, places, source)
        table.add_row(line, Text(shown), *_numbers(site))
    total = profile.total
    table.add_section()
    all_sites = SiteTraffic("", 0, "", profile.launches, total, ())
    table.add_row("", Text("all"), *_numbers(all_sites))
    return table


def original_lines(text: bytes, original: bytes) -> tuple[int, ...]:
    """Return for every line of a translated text the 1-based original line it belongs to.

    A line that was put in belongs to the original line that follows it.
    """
    lines, before = split_lines(text), split_lines(original)
    out: list[int] = []
    matcher = SequenceMatcher(None, lines, before, autojunk=False)
    for tag, begin, end, at, _ in matcher.get_opcodes():
        for offset in range(end - begin):
            place = at + offset if tag == "equal" else at
            out.append(min(place + 1, max(1, len(before))))
    return tuple(out)


def _place(site: SiteTraffic, places: tuple[int, ...], source: SourceFile) -> tuple[str, str]:
    """Return the line and the text that stand for a site."""
    if Path(site.file).name != source.path.name:
        return "", f"{site.file}:{site.line}" if site.line else "outside of every construct"
    if not 0 < site.line <= len(places):
        return "", "outside of every construct"
    line = places[site.line - 1]
    return str(line), source.line_text(line).strip()


def _numbers(site: SiteTraffic) -> tuple[str, ...]:
    traffic = site.traffic
    values = (
        site.launches,
        traffic.bytes_to_device,
        traffic.copies_to_device,
        traffic.bytes_from_device,
        traffic.copies_from_device,
    )
    return tuple(f"{value:,}" if value else "-" for value in values)
