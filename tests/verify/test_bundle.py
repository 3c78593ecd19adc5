# SPDX-License-Identifier: Apache-2.0
"""Bundles: what goes in, and that it runs where there is only a C library and a shell."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest
from click.testing import CliRunner

from s2s.cli import main
from s2s.errors import InputError, ToolchainError, UsageError, VerificationError
from s2s.toolchain.discover import discover_clang
from s2s.verify.bundle import contents as bundle_contents
from s2s.verify.bundle.archive import ArchiveWriter, pack
from s2s.verify.bundle.contents import BundleRequest, Contents, Member, make_contents
from s2s.verify.bundle.inputs import stage_inputs
from s2s.verify.request import VerificationRequest, parse_output_file

CLANG = discover_clang()
toolchain = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]

SERIAL = """\
#include <cstdio>
#include <iostream>
#include <unistd.h>
int main(int argc, char **argv) {
    int n = 0;
    std::FILE *in = std::fopen("data/n.txt", "r");
    if (!in || std::fscanf(in, "%d", &n) != 1) return 3;
    double a[100];
    /* LOOP */
    for (int i = 0; i < n; i++) a[i] = i / 3.0;
    std::FILE *out = std::fopen("out/a.txt", "w");
    for (int i = 0; i < n; i++) std::fprintf(out, "%.6f\\n", a[i]);
    std::cout << "process " << getpid() << "\\ntime 5 s\\nlast " << a[n - 1] << std::endl;
}
"""
DIRECTIVE = "#pragma omp target teams distribute parallel for map(from: a)"


def write_program(directory: Path) -> VerificationRequest:
    work = directory / "work"
    work.joinpath("data").mkdir(parents=True)
    work.joinpath("data", "n.txt").write_text("100")
    original, result = directory / "fill.cpp", directory / "fill omp.cpp"
    original.write_text(SERIAL)
    result.write_text(SERIAL.replace("/* LOOP */", DIRECTIVE))
    return VerificationRequest(
        original,
        result.read_bytes(),
        result=result,
        run="./fill",
        output_files=(parse_output_file("out/a.txt"),),
        ignore=("^time",),
        work_dir=work,
        timeout_s=20.0,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Contents, Path]]:
    """Yield the contents of a bundle for the host device, and what they look like unpacked."""
    directory = tmp_path_factory.mktemp("bundle")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle_contents, "ARCHITECTURES", ())
        request = BundleRequest(write_program(directory), made_by="the tests")
        contents = make_contents(request, directory / "scratch")
    unpacked = directory / "unpacked"
    for member in contents.members:
        path = unpacked / contents.name / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        match member.source:
            case None:
                path.mkdir(exist_ok=True)
            case bytes() as content:
                path.write_bytes(content)
            case source:
                shutil.copyfile(source, path)
        if member.executable:
            path.chmod(0o755)
    yield contents, unpacked / contents.name
    shutil.rmtree(unpacked)


class TestBundles:
    pytestmark = toolchain

    def test_bundle_holds_programs_libraries_inputs_and_what_is_expected(
        self, made: tuple[Contents, Path]
    ) -> None:
        contents, unpacked = made
        names = {member.name for member in contents.members}
        assert contents.name == "fill-omp"
        programs = {"bin/original", "bin/result-host", "bin/probe-host"}
        assert {"run.sh", "judge", "work/data/n.txt", *programs} <= names
        assert {"lib/libomp.so.5", "lib-c++/libstdc++.so.6"} <= names
        assert not [name for name in names if re.search(r"/lib(c|m|pthread)\.so|ld-linux", name)]
        assert unpacked.joinpath("work", "out").is_dir()
        expected = unpacked.joinpath("expected", "stdout").read_text()
        assert re.fullmatch(r"process \d+\ntime 5 s\nlast 33\n", expected)
        assert contents.notes == ("2 values and lines that differ or are ignored are not compared",)

    def test_bundle_runs_with_its_own_libraries(
        self, made: tuple[Contents, Path], tmp_path: Path
    ) -> None:
        done = subprocess.run(
            ["sh", str(made[1] / "run.sh"), "mine.json"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            check=False,
        )
        answer = json.loads(tmp_path.joinpath("mine.json").read_text())
        assert (done.returncode, answer["verdict"], answer["tier"]) == (0, "passed", "T1"), answer
        assert sum(c["unstable"] for c in answer["comparisons"] if c["run"] == "result") == 1

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may change the root directory")
    def test_bundle_runs_where_there_is_only_a_c_library_and_a_shell(
        self, made: tuple[Contents, Path], tmp_path: Path
    ) -> None:
        answer = run_in_bare_root(made[1], tmp_path / "root")
        assert (answer["verdict"], answer["tier"]) == ("passed", "T1"), answer
        assert answer["notes"] == ["there is no GPU here: the result ran on the host device"]

    def test_programs_that_show_nothing_elsewhere_are_errors(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bundle_contents, "ARCHITECTURES", ())
        original = tmp_path / "small.c"
        original.write_text("int main(void) { return 0; }\n")
        work = tmp_path / "work"
        work.mkdir()
        region = b"int main(int n, char **v) {\n#pragma omp target if(n > 1)\n{ }\nreturn 0; }\n"
        wrong = b"int main(void) { return nobody; }\n"
        cases = {
            "undeclared identifier 'nobody'": wrong,
            "no target region: a GPU": original.read_bytes(),
            "no target region was reached": region,
        }
        for number, (words, text) in enumerate(cases.items()):
            request = VerificationRequest(original, text, run="./small", work_dir=work)
            with pytest.raises(VerificationError, match=words):
                make_contents(BundleRequest(request, "the tests"), tmp_path / str(number))

    def test_architecture_without_tools_is_an_error_when_it_is_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            bundle_contents, "device_libraries_missing", lambda *_: "rocm-device-libs"
        )
        request = BundleRequest(write_program(tmp_path), "the tests", ("gfx90a",))
        with pytest.raises(ToolchainError, match="gfx90a: there is no rocm-device-libs"):
            make_contents(request, tmp_path / "scratch")

    def test_libraries_that_are_never_called_are_stubs(self, made: tuple[Contents, Path]) -> None:
        libraries = {m.name: m.source for m in made[0].members if m.is_shared}
        stubs = [path for name, path in libraries.items() if re.search("lib(z3|edit|xml2)", name)]
        assert all(isinstance(p, Path) and p.stat().st_size < 100_000 for p in stubs)
        assert not [name for name in libraries if re.search("lib(icudata|bsd)", name)]

    @pytest.mark.slow
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may change the root directory")
    def test_archive_is_small_and_runs_after_unpacking(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = write_program(tmp_path)
        assert request.work_dir is not None
        monkeypatch.chdir(request.work_dir)
        archive = tmp_path / "fill.tar.xz"
        arguments = [str(request.original), str(request.result), "-o", str(archive)]
        arguments += ["--run", "./fill", "--files", "out/a.txt", "--ignore", "^time"]
        done = CliRunner().invoke(main, ["bundle", *arguments])
        assert done.exit_code == 0, done.output
        assert archive.stat().st_size < 40_000_000
        with tarfile.open(archive) as packed:
            packed.extractall(tmp_path / "unpacked", filter="data")
        answer = run_in_bare_root(tmp_path / "unpacked" / "fill-omp", tmp_path / "root")
        assert answer["verdict"] == "passed", answer


def run_in_bare_root(bundle: Path, root: Path) -> dict[str, object]:
    """Run a bundle in a root directory with glibc and a shell: no coreutils, /proc, /dev, /tmp."""
    shell = Path(shutil.which("dash") or "/bin/sh").resolve()
    listed = subprocess.run(["ldd", str(shell)], capture_output=True, text=True, check=True).stdout
    loader = Path(re.findall(r"(/\S+/ld-linux\S+)", listed)[0])
    (libc,) = re.findall(r"libc\.so\.6 => (/\S+)", listed)
    system = root / "lib"
    for folder in (system, root / "bin", root / loader.parent.relative_to("/")):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shell, root / "bin" / "sh")
    shutil.copyfile(loader, root / loader.relative_to("/"))
    for name in ("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1"):
        if Path(libc).with_name(name).exists():
            shutil.copyfile(Path(libc).with_name(name), system / name)
    for program in (root / "bin" / "sh", root / loader.relative_to("/")):
        program.chmod(0o755)
    shutil.copytree(bundle, root / "bundle")
    done = subprocess.run(
        ["chroot", str(root), "/bin/sh", "-c", "sh bundle/run.sh"],
        env={"PATH": f"/bin:{os.environ['PATH']}"},
        capture_output=True,
        check=False,
        timeout=120,
    )
    result = root / "result.json"
    assert result.is_file(), done
    assert not root.joinpath("tmp").exists(), "what was made there is removed"
    answer = json.loads(result.read_text())
    shutil.rmtree(root)
    assert isinstance(answer, dict)
    return answer


def test_archive_of_several_streams_is_one_archive(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.write_bytes(bytes(range(256)) * 1000)
    members = (
        Member("run.sh", b"echo", executable=True),
        Member("lib/" + "long-name-" * 20, library, is_shared=True),
        Member("empty", None),
        Member("last", b"x" * 512),
    )
    texts = []
    for cache in (None, tmp_path / "cache", tmp_path / "cache"):
        stream = io.BytesIO()
        pack(Contents("app", members, ()), stream, cache)
        texts.append(stream.getvalue())
    assert texts[0] == texts[1] == texts[2], "what is cached is what would be made"
    assert len(list(tmp_path.joinpath("cache").iterdir())) == 1
    with tarfile.open(fileobj=io.BytesIO(texts[2])) as packed:
        assert packed.getnames() == [f"app/{member.name}" for member in members]
        content = packed.extractfile(packed.getmembers()[1])
        assert content is not None and content.read() == library.read_bytes()
        modes = [member.mode for member in packed.getmembers()]
        assert modes == [0o755, 0o755, 0o755, 0o644]
        assert packed.getmembers()[2].isdir()


def test_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.write_bytes(b"content")
    tmp_path.joinpath("file").touch()
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, "app", tmp_path / "file" / "cache")
    writer.add_library("lib/x", library)
    writer.finish()
    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as packed:
        assert packed.getnames() == ["app/lib/x"]


def inputs(directory: Path) -> Path:
    source = directory / "source"
    for name, size in (("a.txt", 10), ("big/b.bin", 100), (".git/c", 10), ("out.txt", 10)):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    source.joinpath("link").symlink_to("a.txt")
    return source


def names_in(directory: Path) -> list[str]:
    return sorted(str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file())


def test_inputs_are_all_that_is_not_hidden_or_an_output(tmp_path: Path) -> None:
    stage_inputs(inputs(tmp_path), tmp_path / "to", (), [PurePath("out.txt")], 1000)
    assert names_in(tmp_path / "to") == ["a.txt", "big/b.bin", "link"]
    assert not tmp_path.joinpath("to", "link").is_symlink()


def test_named_inputs_are_all_there_is(tmp_path: Path) -> None:
    stage_inputs(inputs(tmp_path), tmp_path / "to", ["big"], [PurePath("deep/out.txt")], 1000)
    assert names_in(tmp_path / "to") == ["big/b.bin"]
    assert tmp_path.joinpath("to", "deep").is_dir(), "a program writes there"


def test_too_much_input_is_an_error_that_names_the_largest(tmp_path: Path) -> None:
    source = inputs(tmp_path)
    with pytest.raises(InputError, match=r"more than 0\.0 MB: big/b\.bin \(0\.0 MB\), ") as error:
        stage_inputs(source, tmp_path / "to", (), (), 50)
    assert error.value.hint is not None and "--input" in error.value.hint
    with pytest.raises(InputError, match="is not there"):
        stage_inputs(source, tmp_path / "to", ["nothing"], (), 50)
    with pytest.raises(UsageError, match="not below"):
        stage_inputs(source, tmp_path / "to", ["../x"], (), 50)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "a bundle needs ORIGINAL, RESULT and -o"),
        (["a.c", "b.c"], "a bundle needs ORIGINAL, RESULT and -o"),
        (["a.c", "--read", "x.json"], "--read shows a result and packs nothing"),
    ],
)
def test_commands_that_make_no_sense_are_usage_errors(arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(main, ["bundle", *arguments])
    assert done.exit_code == 2
    assert words in done.output


def test_answer_of_a_failed_bundle_is_shown_with_its_exit_code(tmp_path: Path) -> None:
    run = {"bytes": 0, "fnv1a": "", "text": ""}
    difference = {"line": 1, "column": 5, "expected": "1", "actual": "2"}
    answer = {
        "format": "s2s-bundle-result",
        "version": 1,
        "bundle": "sum",
        "verdict": "failed",
        "tier": "T4",
        "reason": "result: stdout differs",
        "date": "2026-01-01T00:00:00Z",
        "system": "Linux",
        "release": "6",
        "machine": "x86_64",
        "processors": 2,
        "gpus": [{"maker": "nvidia", "arch": "sm_90", "name": "GPU"}],
        "runs": [
            {
                "name": "result",
                "device": "nvidia",
                "exit_code": 0,
                "seconds": 1.5,
                "stdout": run,
                "stderr": run,
            }
        ],
        "comparisons": [
            {
                "run": "result",
                "stream": "stdout",
                "numbers": 1,
                "inexact": 0,
                "worst": 0,
                "unstable": 0,
                "differences": 1,
                "first": {**difference, "reason": "integers differ"},
            }
        ],
        "notes": [],
    }
    path = tmp_path / "result.json"
    path.write_text(json.dumps(answer))
    done = CliRunner().invoke(main, ["bundle", "--read", str(path)])
    assert done.exit_code == 3
    assert "FAILED (T4, 1.5 s)" in done.output
    assert "expected 1, got 2 (integers differ)" in done.output
    assert "GPU (sm_90)" in done.output
