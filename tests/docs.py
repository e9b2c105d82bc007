"""Holds the documentation against the tree: every path, name, command and link that it mentions must exist.

Usage: docs.py

Looked at is what stands in `code spans` of README.md, CONTRIBUTING.md and docs/*.md, and in links. A span that looks
like a path must be one (from the root, src/, docs/ or the page's folder), `make x` a target of the Makefile, an
identifier with an underscore a word of the sources, of the grammar or of the library. `foo` and `NAME` stand for any
name, `list_swap_method` is an example. docs/status.md tells what is missing, so that only its paths are looked at.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = pathlib.Path("/usr/lib/python3.11")
GRAMMAR = pathlib.Path("/usr/src/python3.11/Grammar/python.gram")
PAGES = ["README.md", "CONTRIBUTING.md", *sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("docs/*.md"))]
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
PATH = re.compile(r"[\w.*{},-]+(?:/[\w.*{},-]+)+/?|[\w*-]+\.(?:c|h|def|py|md|txt|build|sh|svg|pth)")
MAKE = re.compile(r"^make ([a-z][\w-]*)")
NAME = re.compile(r"[A-Za-z_]*[a-z0-9]_\w+|_[a-z]\w+")
# Paths that a build makes, or that stand for any.
ELSEWHERE = re.compile(r"^(build|~|/)|FILE|TARGET|\.json$")
ANY = re.compile(r"(^|_)foo(_|$)|NAME|list_swap_method")


def words():
    """Every word of the tracked sources and the grammar, and the names of the library's files."""
    files = subprocess.run(["git", "ls-files", "src", "tests", "tools", "bench", "examples", "Makefile", "*.build",
                            "meson_options.txt"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    found = set()
    for file in files:
        path = ROOT / file
        if path.suffix in (".c", ".h", ".def", ".py", ".build", ".txt", "") and path != pathlib.Path(__file__):
            found |= set(re.findall(r"\w+", path.read_text(errors="replace")))
        found.add(path.stem)
    for path in [*LIBRARY.glob("**/*.py"), *LIBRARY.glob("lib-dynload/*.so")]:
        found |= {path.name.partition(".")[0], path.parent.name}
    return found | set(re.findall(r"\w+", GRAMMAR.read_text()))


def path_exists(text, page):
    bases = [ROOT, ROOT / "src", (ROOT / page).parent, LIBRARY]
    bases += [p for folder in ("src", "tests", "tools") for p in (ROOT / folder).glob("**/") if "/" not in text]
    bases += [p for p in (ROOT / "src").iterdir() if p.is_dir()]
    brace = re.fullmatch(r"(.*)\{(.*)\}(.*)", text)
    if brace:
        return all(path_exists(brace[1] + part + brace[3], page) for part in brace[2].split(","))
    return any(next(base.glob(text.rstrip("/")), None) for base in bases if not text.startswith("/"))


def problems(page, known, targets):
    text = (ROOT / page).read_text()
    for number, line in enumerate(text.splitlines(), 1):
        for link in LINK.findall(line):
            if "://" not in link and not (ROOT / page).parent.joinpath(link).exists():
                yield number, f"no such file: {link}"
        for span in SPAN.findall(line):
            make = MAKE.match(span)
            if make:
                if make[1] not in targets:
                    yield number, f"no such target: make {make[1]}"
                continue
            if PATH.fullmatch(span):
                if not ELSEWHERE.search(span) and not path_exists(span, page):
                    yield number, f"no such file: {span}"
                continue
            for name in [] if page == "docs/status.md" else NAME.findall(span):
                # Families are written with an ellipsis or an asterisk: specialize_…, ops_*.c.
                prefix = re.search(re.escape(name) + r"(?:…|\*|\.\.\.|X\b)", span)
                if name in known or ANY.search(name) or prefix and any(word.startswith(name) for word in known):
                    continue
                yield number, f"no such name: {name}"


def main():
    known = words()
    makefile = (ROOT / "Makefile").read_text()
    targets = {t for line in re.findall(r"^([a-z][\w -]*):", makefile, re.M) for t in line.split()}
    failed = 0
    for page in PAGES:
        found = list(problems(page, known, targets))
        failed += bool(found)
        for number, text in found:
            print(f"FAILED {page}:{number}: {text}")
    print(f"{len(PAGES) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
