# SPDX-License-Identifier: Apache-2.0
"""The roofline picture, as SVG or PNG, drawn by matplotlib (the extra ``plots``)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from s2s.errors import UsageError
from s2s.profile.gpu_times import GpuTimes
from s2s.profile.roofline import DataSheet, KernelWork

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".svg", ".png")
ASSUMPTION = (
    "Model, not measured: operations were counted on the host device; bytes are those that must\n"
    "be moved if each is fetched and written once a launch, so that intensity is an upper bound."
)
BOUND = "bound (not measured)"
MEASURED = "measured on {device} ({by})"


def check_picture(path: Path) -> None:
    """Raise UsageError for a picture that cannot be made: its suffix, or matplotlib is missing."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"'{path}' is no picture", hint=f"known: {', '.join(SUFFIXES)}")
    if find_spec("matplotlib") is None:
        raise UsageError(
            "the roofline picture needs matplotlib, which is not installed",
            hint="pip install 's2s[plots]'",
        )


def roofline_picture(
    path: Path, sheet: DataSheet, work: Sequence[KernelWork], times: GpuTimes | None = None
) -> bytes:
    """Return the picture in the format of ``path``.

    A kernel stands on the roof over its intensity, hollow; where it was timed on a GPU, what it
    achieved is a filled point below. Kernels without floating-point operations are not shown.
    Raises UsageError when it cannot be made.
    """
    check_picture(path)
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = [kernel for kernel in work if kernel.flops and kernel.intensity > 0]
    with mpl.rc_context({"svg.hashsalt": "s2s", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 5.5), layout="constrained")
        axes = figure.add_subplot()
        _draw_roofs(axes, sheet, shown)
        _draw_kernels(axes, sheet, shown, times)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("arithmetic intensity, operations per byte of device memory (upper bound)")
        axes.set_ylabel("10⁹ floating-point operations per second")
        axes.set_title(f"Roofline: {sheet.name}")
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.legend(loc="lower right", fontsize="small")
        figure.text(0.01, -0.01, ASSUMPTION, fontsize="x-small", va="top")
        out = BytesIO()
        kind = path.suffix.lower().removeprefix(".")
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(out, format=kind, dpi=150, bbox_inches="tight", metadata=metadata)
    return out.getvalue()


def _draw_roofs(axes: Axes, sheet: DataSheet, shown: Sequence[KernelWork]) -> None:
    ridge = max(sheet.peak_fp64_gflops, sheet.peak_fp32_gflops) / sheet.bandwidth_gb_s
    values = [kernel.intensity for kernel in shown]
    low, high = min([0.01, *values]) / 2, max([10 * ridge, *values]) * 2
    roofs = [("double precision", sheet.peak_fp64_gflops, "-")]
    if sheet.peak_fp32_gflops != sheet.peak_fp64_gflops:
        roofs.append(("single precision", sheet.peak_fp32_gflops, "--"))
    for name, peak, style in roofs:
        corner = peak / sheet.bandwidth_gb_s
        points = (low, min(corner, high), high)
        roof = [min(peak, x * sheet.bandwidth_gb_s) for x in points]
        label = f"{name}: {peak:,.0f} GFLOP/s, {sheet.bandwidth_gb_s:,.0f} GB/s"
        axes.plot(points, roof, style, color="0.25", linewidth=1.5, label=label)


def _draw_kernels(
    axes: Axes, sheet: DataSheet, shown: Sequence[KernelWork], times: GpuTimes | None
) -> None:
    label, measured = BOUND, MEASURED
    for number, kernel in enumerate(shown):
        colour = f"C{number % 10}"
        x, y = kernel.intensity, sheet.attainable(kernel)
        axes.plot([x], [y], "o", color=colour, markerfacecolor="white", markersize=8, label=label)
        axes.annotate(
            f"line {kernel.line}",
            (x, y),
            xytext=(6, -12 - 11 * (number % 3)),
            textcoords="offset points",
            fontsize="small",
            color=colour,
        )
        label = "_"
        seconds = times.kernel_seconds(kernel.line) if times is not None else None
        if times is not None and seconds:
            name = measured.format(device=times.device, by=times.measured_by)
            achieved = kernel.flops / seconds / 1e9
            axes.plot([x], [achieved], "o", color=colour, markersize=6, label=name)
            measured = "_"
