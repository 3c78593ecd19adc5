# SPDX-License-Identifier: Apache-2.0
"""Times are read as the tools' manuals lay them out, and never taken from the host device."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from s2s.profile.gpu_times import GpuTimes, SiteTime, ncu_times, nsys_times, trace_times
from s2s.verify.gpu import times_in

GPU = "NVIDIA A100-SXM4-80GB"
KERNEL = "__omp_offloading_fd00_12ab_step_l12"


def event(name: str, line: int, duration: int) -> dict[str, object]:
    return {"name": name, "ph": "X", "dur": duration, "args": {"detail": f";a.c;step;{line};5;;x"}}


TRACE = {
    "traceEvents": [
        event("Runtime: target exe", 12, 1500),
        event("Kernel Target", 12, 300),
        event("Runtime: target exe", 12, 500),
        event("HostToDev", 12, 40),
        event("DevToHost", 14, 60),
        {"name": "Total Runtime: target exe", "dur": 2000, "args": {"count": 2, "avg ms": 1}},
        {"name": "process_name", "ph": "M", "args": {"name": "libomptarget"}},
    ]
}

NSYS = f"""\
Processing [report1.sqlite] with [cuda_gpu_kern_sum.py]...
Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name
 90.0,3000000,3,1000000.0,1000000.0,900000,1100000,100000.0,{KERNEL}
 5.0,200000,1,200000.0,200000.0,200000,200000,0.0,{KERNEL}_1
 5.0,100,1,100.0,100.0,100,100,0.0,"void other(int, float)"

Processing [report1.sqlite] with [cuda_gpu_mem_time_sum.py]...
Time (%),Total Time (ns),Count,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Operation
 60.0,600,2,300.0,300.0,300,300,0.0,[CUDA memcpy Host-to-Device]
 40.0,400,1,400.0,400.0,400,400,0.0,[CUDA memcpy Device-to-Host]
"""

NCU = f"""\
==PROF== Connected to process 1
"ID","Process ID","Process Name","Kernel Name","Metric Name","Metric Unit","Metric Value"
"0","1","a.out","{KERNEL}","Duration","usecond","1,500.5"
"0","1","a.out","{KERNEL}","Registers Per Thread","register/thread","32"
"1","1","a.out","{KERNEL}","gpu__time_duration.sum","nsecond","500"
"""


def test_trace_tells_regions_and_copies() -> None:
    times = trace_times(json.dumps(TRACE).encode(), GPU)
    (site,) = times.sites
    assert site == SiteTime("a.c", 12, "step", 2, site.seconds, with_copies=True)
    assert site.seconds == pytest.approx(0.002)
    assert times.seconds_to_device == pytest.approx(40e-6)
    assert times.seconds_from_device == pytest.approx(60e-6)
    assert times.kernel_seconds(12) is None  # the kernel alone was not measured


def test_nsys_tells_kernels_and_copies() -> None:
    times = nsys_times(NSYS, GPU)
    assert [(site.line, site.function, site.launches) for site in times.sites] == [(12, "step", 4)]
    assert times.kernel_seconds(12) == pytest.approx(0.0032)
    assert times.kernel_seconds(13) is None
    assert (times.seconds_to_device, times.seconds_from_device) == pytest.approx((6e-7, 4e-7))


def test_ncu_tells_every_launch() -> None:
    times = ncu_times(NCU, GPU)
    assert [(site.line, site.launches) for site in times.sites] == [(12, 2)]
    assert times.kernel_seconds(12) == pytest.approx(1501e-6)


@pytest.mark.parametrize("device", ["x86_64-pc-linux-gnu", "host", "Generic-elf-64bit x86_64", ""])
def test_times_of_the_host_device_are_refused(device: str) -> None:
    with pytest.raises(ValueError, match="no GPU"):
        trace_times(json.dumps(TRACE).encode(), device)
    with pytest.raises(ValueError, match="no GPU"):
        GpuTimes(device, "nsys", ())


def test_trace_of_a_run_is_read_where_there_is_one(tmp_path: Path) -> None:
    trace = tmp_path / "times.json"
    assert times_in(trace, "sm_90") is None
    trace.write_text(json.dumps(TRACE))
    times = times_in(trace, "sm_90")
    assert times is not None and times.device == "sm_90" and len(times.sites) == 1
    trace.write_text('{"traceEvents": []}')
    assert times_in(trace, "sm_90") is None


def test_text_of_another_form_is_an_error() -> None:
    for text in ("[]", '{"traceEvents": 3}', "x"):
        with pytest.raises(ValueError):
            trace_times(text.encode(), GPU)
    with pytest.raises(ValueError, match="Total Time"):
        nsys_times(NSYS.replace("3000000", "n/a"), GPU)
    with pytest.raises(ValueError, match="fortnight"):
        ncu_times(NCU.replace("usecond", "fortnight"), GPU)
    assert nsys_times("no table at all\n", GPU).sites == ()
