# SPDX-License-Identifier: Apache-2.0
"""Check the Markdown files: every relative link has a target, every heading link a heading.

Also that each remark code which the sources mention has a page under s2s/remarks, and that each
page speaks of a code which the sources mention. Prints ``file:line: what`` and exits with 1.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.*?) *#*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1[^\S\n]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"\bS2S\d{3}\b")
SOURCES = ("s2s", "analysis", "passes")
PAGES = "s2s/remarks"


def markdown_files() -> list[Path]:
    """Return the Markdown files of the tree, tracked or new, without ignored ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return sorted(
            {path for line in listed.stdout.splitlines() if (path := ROOT / line).exists()}
        )
    folders = ("docs", "examples", "tests", "templates", *SOURCES)
    return sorted({*ROOT.glob("*.md"), *(p for f in folders for p in (ROOT / f).rglob("*.md"))})


def anchor(heading: str) -> str:
    """Return the anchor that a Markdown renderer makes of a heading."""
    plain = re.sub(r"[`*_]|\]\([^)]*\)|\[", "", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def without_code(text: str) -> str:
    """Blank fenced blocks and inline code, keeping all offsets' line numbers."""
    text = FENCE.sub(lambda match: "\n" * match.group().count("\n"), text)
    return re.sub(r"`[^`\n]*`", "", text)


def broken_links(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and description of the links of one file that lead nowhere."""
    text = without_code(path.read_text(encoding="utf-8"))
    for match in LINK.finditer(text):
        target, _, fragment = match.group(1).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        line = text.count("\n", 0, match.start()) + 1
        file = path if not target else (path.parent / target).resolve()
        if not file.exists():
            yield line, f"link to a missing file: {target}"
        elif fragment and file.suffix == ".md" and fragment not in anchors(file):
            yield line, f"link to a missing heading: {target}#{fragment}"


def anchors(path: Path) -> set[str]:
    """Return the anchors of all headings of a file."""
    headings = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    return {anchor(heading) for heading in headings}


def remark_mismatches() -> Iterator[str]:
    """Yield the differences between the codes in the sources and the pages of the manual."""
    emitted = {
        code
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*.py")
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }
    pages = {path.stem for path in (ROOT / PAGES).glob("S2S*.md")}
    for code in sorted(emitted - pages):
        yield f"{PAGES}/{code}.md: missing, but the sources mention {code}"
    for code in sorted(pages - emitted):
        yield f"{PAGES}/{code}.md: no source mentions {code}"


def main() -> int:
    """Check everything; return the exit status."""
    files = markdown_files()
    problems = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in files
        for line, text in broken_links(path)
    ]
    problems.extend(remark_mismatches())
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"check_docs: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
