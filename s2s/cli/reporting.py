# SPDX-License-Identifier: Apache-2.0
"""``--report`` and ``--roofline``: check where they go, and write them."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from s2s.cli.destinations import check_target
from s2s.cli.writing import write_file
from s2s.errors import InputError, UsageError
from s2s.profile.gpu_times import GpuTimes, ncu_times, nsys_times
from s2s.profile.roofline import known_gpus, read_data_sheet
from s2s.reports.document import ReportDocument
from s2s.reports.formats import check_suffix, rendered
from s2s.reports.roofline import check_picture, roofline_picture


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a verification writes: reports by suffix, and the roofline picture for a GPU.

    ``times`` is what NVIDIA's profilers measured of the program there.
    """

    reports: tuple[Path, ...] = ()
    roofline: Path | None = None
    gpu: str | None = None
    times: Path | None = None

    def check(self, inputs: Sequence[Path]) -> None:
        """Check everything before anything else is done.

        Raises UsageError for an unknown suffix, one file named twice, a GPU that is not known and
        a picture without matplotlib; OutputError for a file that cannot be written or is an input.
        """
        pictures = () if self.roofline is None else (self.roofline,)
        for path in (*self.reports, *pictures):
            check_target(path, inputs)
        for path in self.reports:
            check_suffix(path)
        written = {path.absolute() for path in (*self.reports, *pictures)}
        if len(written) < len(self.reports) + len(pictures):
            raise UsageError("two reports would be written to the same file")
        if self.roofline is None and self.gpu is None:
            if self.times is not None:
                raise UsageError("--gpu-times is for --roofline", hint="add --roofline and --gpu")
            return
        if self.roofline is None or self.gpu is None:
            hint = f"--roofline roofline.svg --gpu {known_gpus()[0]}"
            raise UsageError("--roofline and --gpu belong together", hint=hint)
        check_picture(self.roofline)
        read_data_sheet(self.gpu)
        self._measured()

    def write(self, document: ReportDocument) -> None:
        """Write all of it; no picture is drawn where no work was counted. Raises OutputError."""
        for path in self.reports:
            write_file(path, rendered(path, document))
        report = document.report
        if self.roofline is not None and self.gpu is not None and report.work:
            sheet = read_data_sheet(self.gpu)
            times = self._measured() or report.times
            write_file(self.roofline, roofline_picture(self.roofline, sheet, report.work, times))

    def _measured(self) -> GpuTimes | None:
        """Read the times that were measured elsewhere. Raises InputError."""
        if self.times is None:
            return None
        try:
            text = self.times.read_text("utf-8", "replace")
            read = ncu_times if "Metric Name" in text else nsys_times
            found = read(text, self.gpu or "")
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", path=self.times) from error
        except ValueError as error:
            raise InputError(str(error), path=self.times) from error
        if not found.sites:
            hint = "nsys stats --report cuda_gpu_kern_sum --format csv, or ncu --csv"
            raise InputError("has no times of target regions", path=self.times, hint=hint)
        return found


def host_name() -> str:
    """Return the name of this machine, as reports give it."""
    return platform.node() or "localhost"
