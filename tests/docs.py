"""Holds the documentation against the tree: every path, name, command and link that it mentions must exist.

Usage: docs.py

Looked at is what stands in `code spans` of README.md, CONTRIBUTING.md and docs/*.md, and in links. A span that looks
like a path must be one (from the root, src/, docs/ or the page's folder), `make x` a target of the Makefile and `X=` one
of its variables, `-X x` an option of the sources; an identifier with an underscore or a capital letter, and what a C
program in the text calls, a word of the sources, of the grammar or of the library; `Structure.member` a member. Where
a page says `name` (file.c), the file has that name. Names with foo and `NAME` stand for any, `list_swap_method` is an
example. docs/status.md tells what is missing, so that only its paths are looked at.
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
VARIABLE = re.compile(r"(?:^| )([A-Z]\w*)=")
ONLY = re.compile(r"\bONLY=\S+")  # may name what exists at run time only
OPTION = re.compile(r"^-X ([\w-]+)")
NAME = re.compile(r"[A-Za-z_]*[a-z0-9]_\w+|_[a-z]\w+|\b[A-Z][A-Z_0-9]{2,}\b|\b[A-Z]\w*[a-z]\w*[A-Z]\w*")
MEMBER = re.compile(r"\b([A-Z]\w*)\.([a-z]\w*)")
STRUCTURE = re.compile(r"^typedef struct (\w+) \{\n(.*?)^\}|^struct (\w+) \{\n(.*?)^\}", re.M | re.S)
# A name and the file that has it.
PLACE = re.compile(r"`(\w+)(?:\(\))?`(?:'s \w+)? \(`?([\w/]+\.[ch])`?\)")
# A path that stands in brackets without being marked.
BARE = re.compile(r"\(([a-z]+/[\w*]+\.(?:c|h|def|py|md))\)")
CALL = re.compile(r"\b(\w+)\(|&(\w+)")
# Paths that a build makes, or that stand for any.
ELSEWHERE = re.compile(r"^(build|~|/)|FILE|TARGET|\.json$")
ANY = re.compile(r"(^|_)foo(_|$)|NAME|FILE|TARGET|ADDRESS|OLD|NEW|list_swap_method|^(?:if|return|sizeof)$")
# What other programs print or read, told in tables of what was tried.
FOREIGN = {"docs/checking.md": re.compile(r"heap-|^FAILED |^\w+Sanitizer|ERROR|runtime error")}


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


def structures():
    """The words of each structure's declaration."""
    found = {}
    for path in (ROOT / "src").rglob("*.h"):
        for a, body, b, other in STRUCTURE.findall(path.read_text()):
            found.setdefault(a or b, set()).update(re.findall(r"\w+", body or other))
    return found


def path_exists(text, page):
    bases = [ROOT, ROOT / "src", (ROOT / page).parent, LIBRARY]
    bases += [p for folder in ("src", "tests", "tools") for p in (ROOT / folder).glob("**/") if "/" not in text]
    bases += [p for p in (ROOT / "src").iterdir() if p.is_dir()]
    brace = re.fullmatch(r"(.*)\{(.*)\}(.*)", text)
    if brace:
        return all(path_exists(brace[1] + part + brace[3], page) for part in brace[2].split(","))
    return any(next(base.glob(text.rstrip("/")), None) for base in bases if not text.startswith("/"))


def names_in(span, page):
    """The names in a code span that have to be words of the sources."""
    if page == "docs/status.md" or page in FOREIGN and FOREIGN[page].search(span):
        return []
    names = NAME.findall(VARIABLE.sub("", OPTION.sub("", ONLY.sub("", span))))
    # Families are written with an ellipsis or an asterisk: specialize_…, ops_*.c.
    return [(name, bool(re.search(re.escape(name) + r"(?:…|\*|\.\.\.|X\b)", span))) for name in names]


def problems(page, known, targets):
    text = (ROOT / page).read_text()
    makefile = (ROOT / "Makefile").read_text()
    sources = "".join(path.read_text() for path in [*(ROOT / "src").rglob("*.c")])
    members = structures()
    program = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("```"):
            program = line.strip() == "```c"
        for name in (a or b for a, b in CALL.findall(line) if program):
            if name not in known and not ANY.search(name):
                yield number, f"no such name: {name}"
        for name, file in PLACE.findall(line):
            paths = [p for base in (ROOT, ROOT / "src", *(ROOT / "src").glob("*/")) for p in base.glob(file)]
            if paths and not any(re.search(rf"\b{name}\b", p.read_text()) for p in paths):
                yield number, f"{file} has no {name}"
        for file in BARE.findall(line):
            if not path_exists(file, page):
                yield number, f"no such file: {file}"
        for link in LINK.findall(line):
            if "://" not in link and not (ROOT / page).parent.joinpath(link).exists():
                yield number, f"no such file: {link}"
        for span in SPAN.findall(line):
            make = MAKE.match(span)
            if make and make[1] not in targets:
                yield number, f"no such target: make {make[1]}"
            for variable in VARIABLE.findall(span) if make or VARIABLE.match(span) else []:
                if not re.search(rf"\$\({variable}\)|\$\(if \$\({variable}\)|^{variable} *\??=", makefile, re.M) and \
                        variable not in known:
                    yield number, f"no such variable of the Makefile: {variable}"
            if make:
                continue
            option = OPTION.match(span)
            if option and page != "docs/status.md" and not re.search(rf'"(?:-X )?{option[1]}[="]', sources):
                yield number, f"no such option: -X {option[1]}"
            for structure, member in MEMBER.findall(span):
                if structure in members and member not in members[structure]:
                    yield number, f"{structure} has no {member}"
            if PATH.fullmatch(span):
                if not ELSEWHERE.search(span) and not path_exists(span, page):
                    yield number, f"no such file: {span}"
                continue
            for name, family in names_in(span, page):
                if name in known or ANY.search(name) or family and any(word.startswith(name) for word in known):
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
