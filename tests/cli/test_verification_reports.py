# SPDX-License-Identifier: Apache-2.0
"""``--report`` and ``--roofline`` of verify, check and offload."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from s2s.profile.redundancy import Redundancy, RedundantTransfer
from s2s.profile.roofline import KernelWork
from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.findings import Finding, FindingKind, Place
from s2s.verify.request import VerificationRequest
from s2s.verify.tiers import Tier
from tests.cli.conftest import Invoke

TEXT = b"void f(int n, double *a) {\n    for (int i = 0; i < n; i++)\n        a[i] = 2 * a[i];\n}\n"


@pytest.fixture
def source(work_dir: Path) -> Path:
    Path("f.c").write_bytes(TEXT)
    return Path("f.c")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[VerificationRequest]:
    """Let every verification find a stale read, a redundant transfer and some work."""
    asked: list[VerificationRequest] = []

    def verify_offload(request: VerificationRequest) -> VerificationReport:
        asked.append(request)
        lines = (request.device_text or request.result_text).splitlines()
        line = next(n for n, text in enumerate(lines, 1) if b"a[i] = 2" in text)
        place = Place(request.original.name, line, 9)
        redundant = RedundantTransfer(Redundancy.SENT_AGAIN, "f.c", line, "a", 2, 3, 160, "keep it")
        return VerificationReport(
            request.original,
            VerificationVerdict.FAILED,
            Tier.GUARD,
            "stale",
            findings=(Finding(FindingKind.DEVICE_READS_STALE, Tier.GUARD, "a", place),),
            redundant=(redundant,),
            work=(KernelWork("f.c", line, 1, 10, 0, 80, 80),) if request.count_work else (),
        )

    monkeypatch.setattr("s2s.cli.verification.verify_offload", verify_offload)
    return asked


def test_suffix_of_each_report_chooses_its_format(
    s2s: Invoke, source: Path, asked: list[VerificationRequest]
) -> None:
    reports = [f"--report=r{suffix}" for suffix in (".json", ".xml", ".sarif", ".html")]
    done = s2s("check", source, *reports)
    assert done.exit_code == 3
    document = json.loads(Path("r.json").read_text())
    assert (document["command"], document["verdict"]) == ("check", "failed")
    assert document["redundant"][0]["kind"] == "sent-again"
    assert ET.fromstring(Path("r.xml").read_text())[0].attrib["name"] == "s2s check f.c"
    assert json.loads(Path("r.sarif").read_text())["runs"][0]["results"]
    assert "<mark>a</mark>[i] = 2" in Path("r.html").read_text()
    assert "profile: f.c:3: in this run 'a' was sent to the device again" in done.stderr
    assert "= help: keep it" in done.stderr


def test_report_of_an_unknown_kind_is_a_usage_error(
    s2s: Invoke, source: Path, asked: list[VerificationRequest]
) -> None:
    for command in (("verify", source, source), ("check", source), ("offload", source)):
        done = s2s(*command, "--report", "r.pdf")
        assert done.exit_code == 2
        assert "known: .json, .xml, .sarif, .html" in done.stderr
    assert s2s("check", source, "--report", "r.xml", "--report", "./r.xml").exit_code == 2
    assert asked == [] and not Path("r.pdf").exists()


def test_offload_reports_the_verification_in_lines_of_the_original(
    s2s: Invoke, source: Path, asked: list[VerificationRequest]
) -> None:
    reports = ("--report", "r.json", "--report", "r.sarif", "--report", "r.html")
    assert s2s("offload", source, "--verify", "--run", "./f", *reports).exit_code == 3
    (file,) = json.loads(Path("r.json").read_text())["files"]
    assert file["loops"] and file["verification"]["verdict"] == "failed"
    results = json.loads(Path("r.sarif").read_text())["runs"][0]["results"]
    by_rule = {result["ruleId"]: result for result in results}
    location = by_rule["device-reads-stale"]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "f.c"
    assert location["region"]["startLine"] == 3
    assert any(rule.startswith("S2S") for rule in by_rule)
    page = Path("r.html").read_text()
    assert "#pragma omp target" in page and "Lines are those of the translated text." in page


def test_offload_without_verification_has_remarks_to_report_and_no_more(
    s2s: Invoke, source: Path
) -> None:
    assert s2s("offload", source, "--dry-run", "--report", "r.sarif").exit_code == 0
    run = json.loads(Path("r.sarif").read_text())["runs"][0]
    assert {result["ruleId"][:3] for result in run["results"]} == {"S2S"}
    done = s2s("offload", source, "--dry-run", "--report", "r.html")
    assert done.exit_code == 2 and "add --verify" in done.stderr


def test_roofline_is_drawn_for_a_gpu(
    s2s: Invoke, source: Path, asked: list[VerificationRequest]
) -> None:
    pytest.importorskip("matplotlib")
    assert s2s("check", source, "--roofline", "r.svg", "--gpu", "h100").exit_code == 3
    assert asked[0].count_work
    assert b"NVIDIA H100" in Path("r.svg").read_bytes()
    arguments = ("offload", source, "--verify", "--run", "./f", "--gpu", "a100")
    assert s2s(*arguments, "--roofline", "o.svg").exit_code == 3
    assert b"NVIDIA A100" in Path("o.svg").read_bytes()


def test_times_measured_elsewhere_are_drawn(
    s2s: Invoke, source: Path, asked: list[VerificationRequest]
) -> None:
    pytest.importorskip("matplotlib")
    model = ("check", source, "--gpu", "h100", "--roofline")
    assert s2s(*model, "model.svg").exit_code == 3
    kernel = "__omp_offloading_fd00_1a2_f_l3"
    Path("nsys.csv").write_text(f"Total Time (ns),Instances,Name\n1000000,1,{kernel}\n")
    assert s2s(*model, "measured.svg", "--gpu-times", "nsys.csv").exit_code == 3
    label = b"measured on h100 (nsys)"
    assert label in Path("measured.svg").read_bytes()
    assert label not in Path("model.svg").read_bytes()
    Path("empty.csv").write_text("nothing\n")
    done = s2s(*model, "none.svg", "--gpu-times", "empty.csv")
    assert done.exit_code == 1 and "no times of target regions" in done.stderr
    assert len(asked) == 2 and not Path("none.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--roofline", "r.svg"), "belong together"),
        (("--gpu", "a100"), "belong together"),
        (("--gpu-times", "t.csv"), "is for --roofline"),
        (("--roofline", "r.svg", "--gpu", "b9000"), "no data sheet"),
        (("--roofline", "r.pdf", "--gpu", "a100"), "known: .svg, .png"),
    ],
)
def test_roofline_that_cannot_be_drawn_is_a_usage_error(
    s2s: Invoke,
    source: Path,
    asked: list[VerificationRequest],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    pytest.importorskip("matplotlib")
    done = s2s("check", source, *arguments)
    assert done.exit_code == 2 and message in done.stderr
    assert asked == []
