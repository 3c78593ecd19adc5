# SPDX-License-Identifier: Apache-2.0
"""Write the manual pages of the passes, made from their docstrings, to a folder.

    build_docs.py OUT

A pass is a class in passes/*.py with a ``name: ClassVar[str] = "verb-noun"``. The files are read,
not imported, so that the manual can be built where libclang and islpy are not installed.
"""

from __future__ import annotations

import ast
import inspect
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class ManualPage:
    """What the source of a pass says about it; an option is (name, type, default)."""

    name: str
    text: str
    options: tuple[tuple[str, str, str], ...]
    source: str

    @property
    def summary(self) -> str:
        """The first sentence of the docstring."""
        return self.text.split("\n\n", 1)[0].replace("\n", " ")


def class_value(node: ast.ClassDef, name: str) -> str | None:
    """Return the string that a class variable is set to, or None."""
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.Constant(value=str(text))) if (
                found == name
            ):
                return text
    return None


def options_of(node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and default of the fields of a pass, which are its options."""
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        kind = ast.unparse(statement.annotation)
        if not kind.startswith("ClassVar"):
            default = "" if statement.value is None else ast.unparse(statement.value)
            yield statement.target.id.replace("_", "-"), kind, default


def pages() -> Iterator[ManualPage]:
    """Yield a page for each pass, in the order of their file names."""
    for path in sorted((ROOT / "passes").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if not isinstance(node, ast.ClassDef) or not (name := class_value(node, "name")):
                continue
            text = ast.get_docstring(node) or ""
            if (module_text := ast.get_docstring(tree)) and len(module_text) > len(text):
                text = module_text
            yield ManualPage(name, inspect.cleandoc(text), tuple(options_of(node)), path.name)


def render(page: ManualPage) -> str:
    """Return a manual page as Markdown; the indented examples of docstrings are valid in it."""
    lines = [f"# {page.name}", "", page.text, ""]
    if page.options:
        lines += ["## Options", "", "| Option | Type | Default |", "|---|---|---|"]
        lines += [f"| `{name}` | `{kind}` | `{value}` |" for name, kind, value in page.options]
        lines += ["", f"Set with `-P {page.name}{{{page.options[0][0]}=…}}`.", ""]
    lines += [f"Source: `passes/{page.source}`", ""]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Build the manual in the folder named by the only argument; return the exit status."""
    if len(arguments) != 1:
        print("usage: build_docs.py OUT", file=sys.stderr)
        return 2
    out = Path(arguments[0])
    folder = out / "passes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found = list(pages())
    for page in found:
        (folder / f"{page.name}.md").write_text(render(page), encoding="utf-8")
    index = ["# Passes", "", *(f"- [{p.name}]({p.name}.md): {p.summary}" for p in found), ""]
    (folder / "index.md").write_text("\n".join(index), encoding="utf-8")
    print(f"build_docs: {len(found)} passes in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
