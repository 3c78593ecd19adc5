# SPDX-License-Identifier: Apache-2.0
"""T4 without a GPU: builds for the host device stand for those for a GPU."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from s2s.cli import main
from s2s.errors import UsageError
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.toolchain.gpus import gfx_name, nvidia_gpus
from s2s.verify import gpu
from s2s.verify.base import StepStatus, VerificationReport, VerificationVerdict
from s2s.verify.builds import build_programs, device_program
from s2s.verify.compare import Rules
from s2s.verify.compile import Build, Compiler, Mode, Program, Unit
from s2s.verify.evidence import Evidence
from s2s.verify.offload import verify_offload
from s2s.verify.outcomes import Reference, run_original
from s2s.verify.request import VerificationRequest
from s2s.verify.run import RunCommand
from s2s.verify.session import Session
from s2s.verify.static.kernels import device_libraries_missing, gpu_architectures, ptxas
from s2s.verify.tiers import Tier

CLANG = discover_clang()
toolchain = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]

#: `ELSEWHERE` makes the result wrong where the launcher leads, and only there.
SERIAL = b"""\
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    int n = atoi(argv[1]);
    double *a = malloc(n * sizeof *a), s = 0, f = getenv("ELSEWHERE") ? 3 : 2;
    for (int i = 0; i < n; i++) a[i] = i;
    /* LOOP */
    for (int i = 0; i < n; i++) a[i] = f * a[i];
    for (int i = 0; i < n; i++) s += a[i];
    printf("sum %g\\n", s);
    return 0;
}
"""
DIRECTIVE = b"#pragma omp target teams distribute parallel for map(tofrom: a[0:n])"


@dataclass(frozen=True)
class Prepared:
    """What all tests here begin with, made once: the original's run, and the builds for T4."""

    session: Session
    reference: Reference
    builds: tuple[Build, Build]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    assert CLANG is not None
    directory = tmp_path_factory.mktemp("gpu")
    original = directory / "sum.c"
    original.write_bytes(SERIAL)
    work, scratch = directory / "work", directory / "scratch"
    work.mkdir()
    request = VerificationRequest(
        original,
        SERIAL.replace(b"/* LOOP */", DIRECTIVE),
        run="./a.out 100",
        work_dir=work,
        timeout_s=20,
        tier=Tier.GPU,
        run_architectures=("sm_90",),
    )
    compiler = Compiler(CLANG, (), scratch / "build")
    session = Session(request, CLANG, scratch, Rules(), compiler, Evidence(original))
    built = build_programs(session)
    assert built.original is not None
    command = RunCommand("./a.out", ("100",))
    reference = run_original(session, command, built.original, on_host=False)
    program = device_program(session)
    programs = [
        Program("gpu", program.units),
        Program("probe", (Unit(gpu.PROBE, gpu.PROBE, Mode.OFFLOAD),)),
    ]
    with ThreadPoolExecutor() as pool:
        first, second = compiler.build(programs, pool)
    return Prepared(session, reference, (first, second))


@pytest.fixture
def after(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., VerificationReport]:
    """Return a function that runs T4 as if the tiers before it had passed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gpu, "build_for_gpu", lambda *_: prepared.builds)
    monkeypatch.setattr(gpu, "device_libraries_missing", lambda *_: "")

    def run(
        launcher: tuple[str, ...],
        architectures: tuple[str, ...] = ("sm_90",),
        tier: str = "T3",
        untrusted: bool = False,
    ) -> VerificationReport:
        asked = prepared.session.request
        request = replace(asked, launcher=launcher, run_architectures=architectures)
        request = replace(request, untrusted=untrusted)
        session = replace(prepared.session, request=request, evidence=Evidence(asked.original))
        reference = replace(prepared.reference, session=session)
        return gpu.run_on_gpu(session, reference, session.evidence.passed(Tier(tier)))

    return run


def launcher(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "launcher"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return (str(path), "-n1")


After = Callable[..., VerificationReport]


class TestRuns:
    pytestmark = toolchain

    def test_equal_run_reaches_the_tier(self, after: After, tmp_path: Path) -> None:
        report = after(launcher(tmp_path, 'shift; exec "$@"'))
        assert (report.verdict, report.tier) == (VerificationVerdict.PASSED, Tier.GPU), report
        assert [c.stream for c in report.comparisons if c.run == "gpu"] == ["exit code", "stdout"]
        assert [(step.name, step.status) for step in report.steps] == [
            ("run gpu", StepStatus.PASSED)
        ]
        assert not list(tmp_path.glob(".s2s-launch-*")), "what was shared is removed"

    def test_run_that_differs_there_fails(self, after: After, tmp_path: Path) -> None:
        report = after(launcher(tmp_path, 'shift; ELSEWHERE=1 exec "$@"'))
        assert (report.verdict, report.tier) == (VerificationVerdict.FAILED, Tier.GPU)
        assert report.reason.startswith("gpu: stdout differs: line 1, column 5: expected 9900")

    def test_launcher_that_fails_leaves_the_verdict_as_it_was(
        self, after: After, tmp_path: Path
    ) -> None:
        report = after(launcher(tmp_path, "echo down >&2; exit 255"))
        assert (report.verdict, report.tier) == (VerificationVerdict.PASSED, Tier.RACES)
        assert report.notes == (
            "T4 did not run: the launcher did not start the program: exit code 255: down",
        )

    def test_tier_is_not_reached_past_one_that_did_not_run(
        self, after: After, tmp_path: Path
    ) -> None:
        report = after(launcher(tmp_path, 'shift; exec "$@"'), tier="T1")
        assert (report.verdict, report.tier) == (VerificationVerdict.PASSED, Tier.HOST_DEVICE)
        assert "the tier stays T1" in report.notes[0]

    def test_machine_without_a_gpu_says_so(
        self, after: After, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gpu, "gpus_here", lambda: ())
        report = after((), ())
        assert (report.verdict, report.tier) == (VerificationVerdict.PASSED, Tier.RACES)
        assert report.notes == ("T4 did not run: no GPU here",)

    def test_launcher_without_nvidia_smi_asks_for_the_architecture(
        self, after: After, tmp_path: Path
    ) -> None:
        report = after(launcher(tmp_path, "exit 1"), ())
        assert "name its architecture with --gpu-arch" in report.notes[0]

    def test_what_is_not_trusted_is_not_launched(self, after: After, tmp_path: Path) -> None:
        words = launcher(tmp_path, f"touch {tmp_path}/launched; exit 1")
        report = after(words, untrusted=True)
        assert report.notes == ("T4 did not run: what is not trusted cannot be confined on a GPU",)
        assert not tmp_path.joinpath("launched").exists()

    @pytest.mark.slow
    def test_all_tiers_follow_each_other(
        self, after: After, prepared: Prepared, tmp_path: Path
    ) -> None:
        del after  # for what it patches
        asked = replace(prepared.session.request, launcher=launcher(tmp_path, 'shift; "$@"'))
        report = verify_offload(asked)
        assert (report.verdict, report.tier) == (VerificationVerdict.PASSED, Tier.GPU), report

    @pytest.mark.skipif(
        CLANG is None or "sm_80" not in gpu_architectures(CLANG) or ptxas() is None,
        reason="no ptxas",
    )
    def test_programs_are_built_for_a_gpu_that_is_not_here(
        self, prepared: Prepared, tmp_path: Path
    ) -> None:
        program = device_program(prepared.session)
        built, probe = gpu.build_for_gpu(
            prepared.session.clang, (), Program("gpu", program.units), ("sm_80",), tmp_path
        )
        assert built.binary is not None, built.messages
        assert probe.binary is not None, probe.messages
        assert b"sm_80" in built.binary.read_bytes()


def test_architectures_are_asked_through_the_launcher(tmp_path: Path) -> None:
    words = launcher(tmp_path, '[ "$2" = nvidia-smi ] && printf "9.0\\n9.0\\n8.0\\n"')
    assert nvidia_gpus(words) == ("sm_90", "sm_80")
    assert nvidia_gpus(launcher(tmp_path, "exit 3")) == ()


@pytest.mark.parametrize(
    ("clang_version", "release", "missing"),
    [
        ("19", "13.0", "CUDA toolkit before 13, the last that clang 19's offload runtime reads"),
        ("19", "12.8", ""),
        ("21.1.2", "13.0", ""),
    ],
)
def test_images_that_the_offload_runtime_cannot_read_are_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clang_version: str, release: str, missing: str
) -> None:
    assembler = tmp_path / "ptxas"
    assembler.write_text(f"#!/bin/sh\necho 'Cuda compilation tools, release {release}, V1'\n")
    assembler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    here = tmp_path
    clang = Clang(here, here, clang_version, here, here, True, (), ("nvptx64",))
    assert device_libraries_missing(clang, "sm_90") == missing


def test_versions_of_amd_are_named() -> None:
    assert [gfx_name(version) for version in (90010, 90402, 100300, 110001)] == [
        "gfx90a",
        "gfx942",
        "gfx1030",
        "gfx1101",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--launcher", "srun"], "--launcher and --gpu-arch are for tier 4"),
        (["--gpu-arch", "sm_90"], "--launcher and --gpu-arch are for tier 4"),
        (["--tier", "4", "--launcher", ""], "the launcher is empty"),
        (["--tier", "4", "--gpu-arch", "90"], "'90' is no GPU architecture"),
        (["--tier", "4", "--gpu-arch", "sm_90,gfx90a"], "are of one maker"),
    ],
)
def test_options_of_the_tier_are_checked_before_anything_runs(
    tmp_path: Path, options: list[str], words: str
) -> None:
    source = tmp_path / "sum.c"
    source.write_bytes(SERIAL)
    done = CliRunner().invoke(main, ["verify", str(source), str(source), *options])
    assert (done.exit_code, words in done.output) == (2, True), done.output


def test_makers_of_architectures() -> None:
    assert [gpu.maker_of(arch) for arch in ("sm_80", "sm_90a", "gfx90a")] == [
        "nvidia",
        "nvidia",
        "amd",
    ]
    for arch in ("", "sm_", "90", "gfx90a; rm"):
        with pytest.raises(UsageError):
            gpu.maker_of(arch)
