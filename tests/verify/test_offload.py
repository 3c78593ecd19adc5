# SPDX-License-Identifier: Apache-2.0
"""Right results pass, wrong ones fail, and what could not be found out is not called right."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from s2s.errors import UsageError
from s2s.toolchain.discover import INSTALL_OFFLOAD, discover_clang
from s2s.verify.base import StepStatus, VerificationReport, VerificationVerdict
from s2s.verify.offload import verify_offload
from s2s.verify.request import OutputFile, VerificationRequest, parse_output_file
from s2s.verify.tiers import Tier

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]

SERIAL = b"""\
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    int n = atoi(argv[1]);
    double *a = malloc(n * sizeof *a), s = 0;
    for (int i = 0; i < n; i++) a[i] = i;
    /* LOOP */
    for (int i = 0; i < n; i++) a[i] = 2 * a[i];
    for (int i = 0; i < n; i++) s += a[i];
    printf("sum %g\\n", s);
    return 0;
}
"""
LOOP = b"/* LOOP */"
DIRECTIVE = b"#pragma omp target teams distribute parallel for map(tofrom: a[0:n])"


def request(
    directory: Path, serial: bytes, result: bytes, run: str | None = "./a.out 100"
) -> VerificationRequest:
    """Write the original and return a request that runs in an empty directory."""
    original = directory / "sum.c"
    original.write_bytes(serial)
    work_dir = directory / "work"
    work_dir.mkdir(exist_ok=True)
    return VerificationRequest(original, result, run=run, work_dir=work_dir, timeout_s=20)


def verify(directory: Path, result: bytes, serial: bytes = SERIAL) -> VerificationReport:
    return verify_offload(request(directory, serial, result))


def test_right_result_passes_with_its_traffic(tmp_path: Path) -> None:
    report = verify(tmp_path, SERIAL.replace(LOOP, DIRECTIVE))
    assert report.passed, report.reason
    assert report.tier is Tier.HOST_DEVICE
    assert {step.status for step in report.steps} == {StepStatus.PASSED}
    assert report.transfers is not None
    (site,) = report.transfers.sites
    assert (site.file, site.line, site.launches) == ("sum.c", 7, 1)
    assert (site.traffic.bytes_to_device, site.traffic.bytes_from_device) == (800, 800)
    first = [c.stream for c in report.comparisons if c.run == "result"]
    assert first == ["exit code", "stdout"]
    data = json.loads(json.dumps(report.to_json()))
    assert (data["verdict"], data["tier"], data["transfers"]["launches"]) == ("passed", "T1", 1)


def test_missing_map_from_is_found(tmp_path: Path) -> None:
    report = verify(tmp_path, SERIAL.replace(LOOP, DIRECTIVE.replace(b"tofrom", b"to")))
    assert report.verdict is VerificationVerdict.FAILED
    assert report.reason == "result: stdout differs: line 1, column 5: expected 9900, got 4950 " + (
        "(integers differ)"
    )


def test_pointer_that_is_not_mapped_is_found_though_the_values_are_right(tmp_path: Path) -> None:
    directive = b"#pragma omp target teams distribute parallel for"
    report = verify(tmp_path, SERIAL.replace(LOOP, directive))
    assert report.verdict is VerificationVerdict.FAILED
    assert "nothing mapped there: a (line 7)" in report.reason


def test_result_that_hangs_is_stopped_and_fails(tmp_path: Path) -> None:
    result = SERIAL.replace(LOOP, b"while (n > 5) argv[0][0] = 'x';\n" + DIRECTIVE)
    asked = request(tmp_path, SERIAL, result)
    report = verify_offload(replace(asked, timeout_s=1.0))
    assert report.verdict is VerificationVerdict.FAILED
    assert "exit code differs" in report.reason
    assert any("stopped after" in step.detail for step in report.steps)


def test_result_that_is_only_slow_is_no_failure(tmp_path: Path) -> None:
    result = b"#include <unistd.h>\n" + SERIAL.replace(LOOP, b"sleep(2);\n" + DIRECTIVE)
    asked = request(tmp_path, SERIAL, result)
    report = verify_offload(replace(asked, timeout_s=1.0, tier=Tier.GUARD))
    assert report.verdict is VerificationVerdict.NOT_RUN
    assert "allow more time" in report.reason


def test_result_that_crashes_fails_with_its_last_words(tmp_path: Path) -> None:
    crash = b'fprintf(stderr, "before the end\\n"); abort();\n'
    report = verify(tmp_path, SERIAL.replace(LOOP, crash + DIRECTIVE))
    assert report.verdict is VerificationVerdict.FAILED
    assert "exit code differs: expected 0, got -6 (exit code)" in report.reason
    assert any("died of SIGABRT\nbefore the end" in step.detail for step in report.steps)


def test_not_a_number_is_not_a_number(tmp_path: Path) -> None:
    result = SERIAL.replace(LOOP, DIRECTIVE).replace(b"    printf", b"    s = 0.0 / 0.0; printf")
    report = verify(tmp_path, result)
    assert report.verdict is VerificationVerdict.FAILED
    assert "nan" in report.reason


def test_compile_error_is_reported_with_the_compiler_s_message(tmp_path: Path) -> None:
    report = verify(tmp_path, SERIAL.replace(LOOP, DIRECTIVE.replace(b"a[0:n]", b"nobody")))
    assert (report.verdict, report.tier) == (VerificationVerdict.FAILED, Tier.COMPILE)
    failed = next(step for step in report.steps if step.status is StepStatus.FAILED)
    assert failed.name == "compile result"
    assert f"{tmp_path}/sum.c[result]:7:" in failed.detail
    assert "use of undeclared identifier 'nobody'" in failed.detail


def test_original_that_does_not_compile_is_no_verdict(tmp_path: Path) -> None:
    report = verify(tmp_path, SERIAL, serial=b"int main(void) { return nobody; }\n")
    assert report.verdict is VerificationVerdict.NOT_RUN
    assert "original does not compile" in report.reason


def test_original_that_hangs_or_crashes_is_no_verdict(tmp_path: Path) -> None:
    hanging = b"#include <stdlib.h>\nint main(int c, char **v) { for (;;) *v[0] = 1; }\n"
    crashing = b"#include <stdlib.h>\nint main(void) { abort(); }\n"
    asked = replace(request(tmp_path, hanging, hanging), timeout_s=0.5)
    report = verify_offload(asked)
    assert (report.verdict, "did not end" in report.reason) == (VerificationVerdict.NOT_RUN, True)
    report = verify(tmp_path, crashing, crashing)
    assert (report.verdict, "SIGABRT" in report.reason) == (VerificationVerdict.NOT_RUN, True)


def test_warnings_are_kept(tmp_path: Path) -> None:
    serial = SERIAL.replace(b"    return 0;", b"    int unused;\n    return 0;")
    asked = request(tmp_path, serial, serial.replace(LOOP, DIRECTIVE))
    report = verify_offload(replace(asked, clang_args=("-Wall",)))
    assert report.passed
    step = next(step for step in report.steps if step.name == "compile result")
    assert "unused variable 'unused'" in step.detail


def test_without_a_run_command_nothing_is_claimed(tmp_path: Path) -> None:
    report = verify_offload(request(tmp_path, SERIAL, SERIAL.replace(LOOP, DIRECTIVE), run=None))
    assert (report.verdict, report.tier) == (VerificationVerdict.NOT_RUN, Tier.COMPILE)
    assert "no run command" in report.reason


def test_run_that_reaches_no_region_claims_nothing(tmp_path: Path) -> None:
    result = SERIAL.replace(LOOP, DIRECTIVE + b" if(target: n > 1000)")
    report = verify(tmp_path, result)
    assert report.verdict is VerificationVerdict.NOT_RUN
    assert "no target region was reached" in report.reason


def test_variant_without_thresholds_is_what_runs_on_the_device(tmp_path: Path) -> None:
    """The result's own map is wrong too, but this run never gets to the device with it."""
    wrong = DIRECTIVE.replace(b"tofrom", b"to")
    result = SERIAL.replace(LOOP, wrong + b" if(target: n > 1000)")
    asked = request(tmp_path, SERIAL, result)
    report = verify_offload(replace(asked, device_text=SERIAL.replace(LOOP, wrong)))
    assert report.verdict is VerificationVerdict.FAILED
    assert report.reason.startswith("device: stdout differs")
    report = verify_offload(replace(asked, device_text=SERIAL.replace(LOOP, DIRECTIVE)))
    assert report.passed
    assert report.transfers is not None and report.transfers.launches == 1
    runs = [c.run for c in report.comparisons]
    assert runs[:4] == ["result"] * 2 + ["device"] * 2
    assert all(run.startswith("device, ") for run in runs[4:])


def test_unchanged_text_passes_with_a_note(tmp_path: Path) -> None:
    report = verify(tmp_path, SERIAL)
    assert report.passed
    assert report.notes == ("the result has no target region: it was compared as it is",)


def test_values_that_change_from_run_to_run_are_left_out_and_noted(tmp_path: Path) -> None:
    serial = SERIAL.replace(b"<stdlib.h>", b"<stdlib.h>\n#include <unistd.h>").replace(
        b"    return 0;", b'    printf("pid %d\\n", getpid());\n    return 0;'
    )
    report = verify(tmp_path, serial.replace(LOOP, DIRECTIVE), serial)
    assert report.passed, report.reason
    assert report.notes == (
        "1 values that are times, or differ between two runs of the original, were not compared",
    )
    wrong = serial.replace(LOOP, DIRECTIVE.replace(b"tofrom", b"to"))
    assert verify(tmp_path, wrong, serial).verdict is VerificationVerdict.FAILED


def test_output_without_one_stable_value_is_no_verdict(tmp_path: Path) -> None:
    serial = SERIAL.replace(b"<stdlib.h>", b"<stdlib.h>\n#include <unistd.h>").replace(
        b'"sum %g\\n", s', b'"sum %d\\n", getpid() + (s < 0)'
    )
    report = verify(tmp_path, serial.replace(LOOP, DIRECTIVE), serial)
    assert report.verdict is VerificationVerdict.NOT_RUN
    assert "every value differs" in report.reason


FILES = b"""\
#include <stdio.h>
#include "half.h"
int main(void) {
    int n = 0;
    FILE *in = fopen("n.txt", "r"), *text, *data;
    if (!in || fscanf(in, "%d", &n) != 1) return 3;
    double a[100];
    /* LOOP */
    for (int i = 0; i < n; i++) a[i] = HALF * i;
    text = fopen("out/a.txt", "w");
    for (int i = 0; i < n; i++) fprintf(text, "%g\\n", a[i]);
    data = fopen("a.bin", "wb");
    fwrite(a, sizeof a[0], n, data);
    fprintf(stderr, "%s: done\\n", __FILE__);
    return 0;
}
"""


def files_request(tmp_path: Path, result: bytes) -> VerificationRequest:
    tmp_path.joinpath("half.h").write_text("#define HALF 0.5\n")
    asked = request(tmp_path, FILES, result, run="./a.out")
    assert asked.work_dir is not None
    asked.work_dir.joinpath("n.txt").write_text("100")
    asked.work_dir.joinpath("a.bin").write_text("from an earlier run")
    outputs = (parse_output_file("out/a.txt"), parse_output_file("a.bin:f64"))
    return replace(asked, output_files=outputs, compare_stderr=True)


def test_named_files_are_compared_and_the_users_directory_is_left_alone(tmp_path: Path) -> None:
    asked = files_request(tmp_path, FILES.replace(LOOP, DIRECTIVE.replace(b"a[0:n]", b"a")))
    report = verify_offload(asked)
    assert report.passed, report.reason
    numbers = {c.stream: c.numbers for c in report.comparisons}
    assert list(numbers) == ["exit code", "stdout", "stderr", "out/a.txt", "a.bin"]
    assert (numbers["out/a.txt"], numbers["a.bin"]) == (100, 100)
    assert asked.work_dir is not None
    assert sorted(p.name for p in asked.work_dir.iterdir()) == ["a.bin", "n.txt"]
    assert asked.work_dir.joinpath("a.bin").read_text() == "from an earlier run"


def test_wrong_files_are_found_and_missing_ones_too(tmp_path: Path) -> None:
    wrong = FILES.replace(LOOP, DIRECTIVE.replace(b"a[0:n]", b"a")).replace(b"HALF * i", b"i")
    report = verify_offload(files_request(tmp_path, wrong))
    assert [c.stream for c in report.comparisons if not c.equal] == ["out/a.txt", "a.bin"]
    first = report.comparisons[-1].first
    assert first is not None and (first.column, first.expected, first.actual) == (1, "0.5", "1.0")
    without = FILES.replace(LOOP, DIRECTIVE.replace(b"a[0:n]", b"a")).replace(b'"a.bin"', b'"b"')
    report = verify_offload(files_request(tmp_path, without))
    assert "a.bin differs" in report.reason and "no file" in report.reason


def test_file_that_the_original_does_not_write_is_no_verdict(tmp_path: Path) -> None:
    asked = request(tmp_path, SERIAL, SERIAL.replace(LOOP, DIRECTIVE))
    report = verify_offload(replace(asked, output_files=(parse_output_file("none.txt"),)))
    assert report.verdict is VerificationVerdict.NOT_RUN
    assert report.reason == "the original did not write none.txt"


def test_binary_output_is_compared_with_the_tolerance_asked_for(tmp_path: Path) -> None:
    result = FILES.replace(LOOP, DIRECTIVE.replace(b"a[0:n]", b"a"))
    asked = files_request(tmp_path, result.replace(b"HALF * i", b"HALF * i * (1 + 1e-12)"))
    assert verify_offload(asked).passed
    untold = tuple(OutputFile(output.name) for output in asked.output_files)
    report = verify_offload(replace(asked, output_files=untold))
    assert report.verdict is VerificationVerdict.FAILED
    assert "bytes differ" in report.reason


def test_extra_sources_and_the_users_arguments_are_used_both_times(tmp_path: Path) -> None:
    tmp_path.joinpath("scale.c").write_text("double scale(double x) { return FACTOR * x; }\n")
    serial = SERIAL.replace(b"int main", b"double scale(double);\nint main").replace(
        b'"sum %g\\n", s', b'"sum %g\\n", scale(s)'
    )
    asked = request(tmp_path, serial, serial.replace(LOOP, DIRECTIVE))
    arguments = ("-DFACTOR=3.0", "-c", "-o", "sum.o", "-MD", "-std=c11", "-x", "c")
    report = verify_offload(
        replace(asked, extra_sources=(tmp_path / "scale.c",), clang_args=arguments)
    )
    assert report.passed, report
    assert not Path("sum.o").exists()


def test_cxx_is_built_as_cxx_beside_c(tmp_path: Path) -> None:
    tmp_path.joinpath("two.c").write_text("int two(void) { int class = 2; return class; }\n")
    serial = b"""\
#include <iostream>
#include <vector>
extern "C" int two(void);
int main() {
    std::vector<double> v(100, 1.5);
    double *a = v.data();
    int n = v.size(), k = two();
    /* LOOP */
    for (int i = 0; i < n; i++) a[i] *= k;
    std::cout << v[0] + v[99] << '\\n';
}
"""
    original = tmp_path / "sum.cpp"
    original.write_bytes(serial)
    asked = VerificationRequest(
        original,
        serial.replace(LOOP, DIRECTIVE),
        run=("./a.out",),
        clang_args=("-std=c++17",),
        extra_sources=(tmp_path / "two.c",),
        work_dir=tmp_path,
    )
    report = verify_offload(asked)
    assert report.passed, report


def test_program_that_writes_nothing_is_judged_by_its_exit_code(tmp_path: Path) -> None:
    serial = SERIAL.replace(b'printf("sum %g\\n", s);', b"").replace(b"return 0", b"return s > 5e3")
    report = verify(tmp_path, serial.replace(LOOP, DIRECTIVE), serial)
    assert report.passed
    assert report.notes == ("the program writes nothing: only its exit code was compared",)
    wrong = serial.replace(LOOP, DIRECTIVE.replace(b"tofrom", b"to"))
    assert "exit code differs" in verify(tmp_path, wrong, serial).reason


def test_scratch_directory_can_be_kept(tmp_path: Path) -> None:
    asked = request(tmp_path, SERIAL, SERIAL)
    verify_offload(replace(asked, scratch_dir=tmp_path / "kept", run=None))
    (kept,) = tmp_path.joinpath("kept").iterdir()
    assert kept.joinpath("result", "sum.c").read_bytes() == SERIAL
    assert sorted(p.name for p in kept.joinpath("build").glob("*.exe")) == [
        "original.exe",
        "result.exe",
    ]


def test_requests_that_make_no_sense_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="uses the shell's"):
        verify_offload(request(tmp_path, SERIAL, SERIAL, run="./a.out | tail"))
    with pytest.raises(UsageError, match="pattern of lines"):
        verify_offload(replace(request(tmp_path, SERIAL, SERIAL), ignore=("(",)))
    with pytest.raises(UsageError, match="not below"):
        parse_output_file("/tmp/x:f64")


def test_installation_without_host_offload_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = tmp_path / "lib" / "clang" / "19" / "include"
    headers.mkdir(parents=True)
    headers.joinpath("stddef.h").touch()
    tmp_path.joinpath("bin").mkdir()
    command = tmp_path / "bin" / "clang"
    command.write_text("#!/bin/sh\nexit 1\n")
    command.chmod(0o755)
    monkeypatch.setenv("S2S_CLANG", str(command))
    report = verify(tmp_path, SERIAL)
    assert (report.verdict, report.tier) == (VerificationVerdict.NOT_RUN, Tier.NONE)
    assert "clang-linker-wrapper" in report.reason and INSTALL_OFFLOAD in report.reason
    assert report.steps[0].status is StepStatus.SKIPPED
