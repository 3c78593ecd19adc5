# SPDX-License-Identifier: Apache-2.0
"""The house rules that a machine can check: links, headers, docstrings, lengths, imports."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINKS = ("analysis", "passes", "templates")
SPDX = "SPDX-License-Identifier: Apache-2.0"
MAX_LINES = 500
COMMENTED = {".py", ".sh", ".c", ".h", ".cpp", ".cmake"}
# Sources that s2s reads: they are data, and a header would be one more line in every golden file.
DATA = {"golden", "programs", "data"}


def package_modules() -> list[Path]:
    """Return the Python files of the package at their place behind the links."""
    return sorted(
        path.relative_to(ROOT)
        for folder in (ROOT / "s2s", *(ROOT / "s2s" / link for link in LINKS))
        for path in folder.rglob("*.py")
    )


def written_files() -> list[Path]:
    """Return the files that people write comments in, wherever they are in the tree."""
    folders = ("s2s", *LINKS, "scripts", "benchmarks", "tests")
    return sorted(
        path.relative_to(ROOT)
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in COMMENTED and not DATA & set(path.relative_to(ROOT).parts)
    )


def imported_names(path: Path) -> Iterator[str]:
    """Yield the absolute names of the modules that a file imports, wherever it does so."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module


@pytest.mark.parametrize("name", LINKS)
def test_packages_of_the_top_level_are_relative_links_in_s2s(name: str) -> None:
    link = ROOT / "s2s" / name
    assert link.is_symlink()
    assert os.readlink(link) == f"../{name}"  # noqa: PTH115 - the text itself, unresolved
    assert link.resolve() == ROOT / name
    assert any((ROOT / name).iterdir()), "git keeps no empty folder: the link would dangle"


def test_the_top_level_holds_nothing_else() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    folders = {line.split("/", 1)[0] for line in listed.stdout.splitlines() if "/" in line}
    expected = {"s2s", *LINKS, "tests", "examples", "docs", "scripts", "benchmarks", "cmake", ".ci"}
    assert folders <= expected


def test_every_file_has_a_license_line() -> None:
    heads = {path: (ROOT / path).read_text(encoding="utf-8")[:400] for path in written_files()}
    assert not [str(path) for path, head in heads.items() if SPDX not in head]


def test_no_file_is_too_long_to_read() -> None:
    lengths = {
        str(path): (ROOT / path).read_text(encoding="utf-8").count("\n") for path in written_files()
    }
    assert not {path: lines for path, lines in lengths.items() if lines > MAX_LINES}


def test_every_module_has_a_docstring() -> None:
    trees = {p: ast.parse((ROOT / p).read_text(encoding="utf-8")) for p in package_modules()}
    assert not [str(path) for path, tree in trees.items() if not ast.get_docstring(tree)]


def test_linked_packages_are_imported_by_their_full_name() -> None:
    bare = {
        f"{path}: {name}"
        for path in written_files()
        if path.suffix == ".py"
        for name in imported_names(path)
        if name.split(".")[0] in LINKS
    }
    assert not bare


def test_linked_packages_are_not_loaded_twice() -> None:
    loaded_bare = {name for name in sys.modules if name.split(".")[0] in LINKS}
    assert not loaded_bare


def test_version_has_one_source() -> None:
    import s2s

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert s2s.__version__ in {declared, "0+unknown"}
    assert f"## [{declared}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_unknown_attribute_of_the_package_is_an_attribute_error() -> None:
    import s2s

    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(s2s, "no_such_name")  # noqa: B009 - the point of the test


def test_constraints_pin_every_dependency_exactly() -> None:
    pins = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = {
        requirement.split(">=")[0].lower()
        for group in (project["dependencies"], *extras)
        for requirement in group
        if not requirement.startswith("s2s[")
    }
    assert wanted <= pins


def test_every_make_target_is_documented() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = {line.split()[1] for line in text.splitlines() if line.startswith(".PHONY:")}
    documented = {line.split(":")[0] for line in text.splitlines() if "## " in line}
    assert {"demo", "test", "lint", "bench", "fuzz", "docs", "clean", "help"} <= phony
    assert phony <= documented


@pytest.mark.parametrize("script", [*sorted((ROOT / "scripts").glob("*.sh")), ROOT / ".ci/run"])
def test_script_is_executable_and_parses(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_each_example_has_a_source_a_manual_and_its_output() -> None:
    folders = [path for path in (ROOT / "examples").iterdir() if path.is_dir()]
    assert len(folders) >= 3
    for folder in folders:
        assert (folder / f"{folder.name}.c").is_file()
        assert (folder / "expected.txt").is_file()
        manual = (folder / "README.md").read_text(encoding="utf-8")
        assert f"s2s offload examples/{folder.name}/{folder.name}.c" in manual
