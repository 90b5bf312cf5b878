"""Say what is missing or disagrees in the course, and how to put it right: `make check-course`.

It looks at files only and takes seconds; whether answers are judged rightly, `make test` says.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator

import nbformat
from nbconvert.exporters import ResourcesDict
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config.loader import PyFileConfigLoader

from grading import points
from helpers import checks, manifest
from helpers.notebook import kind_of, name_of, outline_of
from helpers.predict import predictions
from tests import course
from tests.test_predict import RIGHT as COMPUTED

WRONG, CORRECT = 8, 4  # so many answers of a kind each exercise has in its bank, at least
Fault = tuple[str, str, str]  # where, what, and what to do


def todos() -> Iterator[Fault]:
    """What `make exercise` left for its author."""
    kinds = ("solutions/*/*.ipynb", "helpers/checks/*.py", "tests/bank/*/*.py")
    paths = [path for kind in kinds for path in course.ROOT.glob(kind)]
    for path in [*paths, course.ROOT / "helpers" / "assets" / "predictions.json"]:
        count = len(re.findall(r"\bTODO\b", path.read_text(encoding="utf-8")))
        if count:
            yield str(path.relative_to(course.ROOT)), f"{count} TODO", "write what stands there"


def exercises(name: str) -> Iterator[Fault]:
    """A check for each graded cell, and a bank of answers, which fail each."""
    answers = course.bank(name)
    for exercise in course.exercises(name).values():
        where = f"{name}, {exercise.name}"
        for grade_id, source in exercise.tests.items():
            for asked in set(re.findall(r"^check\.(\w+)\(", source, re.M)):
                if not hasattr(checks, asked):
                    yield where, f"there is no check {asked}", "write it in helpers/checks"
            if not grade_id.startswith(exercise.name):
                yield where, f"{grade_id} is not named after it", "rename the graded cell"
        if not exercise.tests:
            yield where, "no graded cell follows it", "add one for each property"
        found = answers.get(exercise.name, [])
        bank = f"tests/bank/{name}/{exercise.name}.py"
        for kind, least, correct in (("wrong", WRONG, False), ("right", CORRECT, True)):
            count = sum(answer.correct == correct for answer in found)
            if count < least and not course.asked_before(name, exercise.name):
                yield where, f"{count} {kind} answers, not {least}", f"write more in {bank}"
        failed = {cell for answer in found for cell in answer.fails}
        for grade_id in exercise.tests.keys() - failed:
            yield where, f"no wrong answer fails {grade_id}", f"write one in {bank}"


def guesses(name: str) -> Iterator[Fault]:
    """A reply to each guess, and its right answer computed in a test."""
    text = "\n".join(cell.source for cell in course.read(course.solution_path(name)).cells)
    asked = re.findall(r'^predict\("(.+?)"\)', text, re.M)
    for number in re.findall(r"^### Exercise ([\d.]+):", text, re.M):
        if not any(question.startswith(number) for question in asked):
            yield f"{name}, {number}", "no guess comes before it", f'add predict("{number}")'
    for question in asked:
        if question not in predictions():
            yield name, f"no reply to the guess {question}", "add it to predictions.json"
        if question not in COMPUTED:
            yield name, f"guess {question} is not computed", "add it to RIGHT in test_predict.py"


def stored(name: str) -> Iterator[Fault]:
    """Points and outputs where they are told, and a text for each stored figure."""
    text = course.solution_path(name).read_text(encoding="utf-8")
    book = json.loads(text)
    points.told(book)
    if json.dumps(book, indent=1, ensure_ascii=False) + "\n" != text:
        yield name, "points or the file's form disagree with the graded cells", "make release"
    for cell in course.read(course.solution_path(name)).cells:
        if cell.cell_type == "code":
            kept = {"nbval-check-output", "keep-output"} & set(cell.metadata.get("tags", []))
            if kept and not cell.outputs:
                yield f"{name}, cell {cell.id}", "its output is not stored", "make outputs"
            pages = [output.get("data", {}).get("text/html", "") for output in cell.outputs]
            if any("<img" in page and not re.search(r'alt="[^"]{20,}', page) for page in pages):
                yield f"{name}, cell {cell.id}", "its figure has no text", "give it alt=..."


def release(name: str) -> Iterator[Fault]:
    """The release holds the solutions' cells as they are now."""
    if not course.release_path(name).is_file():
        yield name, "it is not released", "make release"
        return
    fresh = nbformat.read(course.solution_path(name), as_version=4)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course.ROOT)).load_config()
    for step in (ClearSolutions(config=config), ClearHiddenTests(config=config)):
        fresh, _ = step.preprocess(fresh, ResourcesDict(language="python"))
    now = {cell.id: cell.source for cell in course.read(course.release_path(name)).cells}
    changed = [cell.id for cell in fresh.cells if now.get(cell.id) != cell.source]
    gone = now.keys() - {cell.id for cell in fresh.cells}
    if changed or gone:
        told = ", ".join([*changed, *sorted(gone)][:5])
        yield name, f"notebooks/ is older than solutions/ ({told})", "make release"


def everywhere() -> Iterator[Fault]:
    """What concerns the whole course."""
    if manifest.released() != manifest.MANIFEST.read_text(encoding="utf-8"):
        yield "helpers/assets/manifest.json", "it is older than notebooks/", "make release"
    readme = (course.ROOT / "README.md").read_text(encoding="utf-8")
    if points.table(readme, course.totals()) != readme:
        yield "README.md", "its table of points disagrees", "make release"
    for name in course.NAMES:
        if f"| `{name}` |" not in readme:
            yield "README.md", f"{name} is not in the table", "add a row"
    asked = {exercise for name in course.NAMES for exercise in course.exercises(name)}
    for exercise in set(checks.exercises()) - asked:
        yield f"helpers/checks/{exercise}.py", "no exercise asks for it", "remove the file"
    for path in course.BANK.glob("*/*.py"):
        if path.stem not in course.exercises(path.parent.name):
            yield str(path.relative_to(course.ROOT)), "no such exercise", "remove the file"
    seen: dict[str, str] = {}
    for name in course.NAMES:
        book = outline_of(name, course.read(course.solution_path(name)).cells)
        for title in book.exercises.values():
            if title in seen and seen[title] != name:
                yield name, f"{seen[title]} has an exercise {title!r}, too", "give it its own title"
            seen[title] = name
    page = (course.RELEASES / "glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| (.+?) \| .+ \| \[\d\d\]\(.+?\) \|$", page, re.M)
    for before, after in zip(words, sorted(words, key=str.lower), strict=True):
        if before != after:
            yield "notebooks/glossary.md", f"{before!r} is out of order", "sort the table"
            break


def versions() -> Iterator[Fault]:
    """The version, a date, stands in three files."""
    text = {
        name: (course.ROOT / name).read_text(encoding="utf-8")
        for name in ("pyproject.toml", "CITATION.cff", "CHANGELOG.md")
    }
    version = tomllib.loads(text["pyproject.toml"])["project"]["version"]
    for name, pattern in (("CITATION.cff", r"^version: (\S+)"), ("CHANGELOG.md", r"^## (\d\S+)")):
        found = re.findall(pattern, text[name], re.M)
        if found[:1] != [version]:
            yield name, f"its newest version is not {version}", "write it there, with what changed"


def faults() -> Iterator[Fault]:
    """All that is missing or disagrees."""
    for name in course.NAMES:
        yield from exercises(name)
        yield from guesses(name)
        yield from stored(name)
        yield from release(name)
        ids = [name_of(c) for c in course.read(course.solution_path(name)).cells if kind_of(c)]
        for twice in {identity for identity in ids if ids.count(identity) > 1}:
            yield name, f"the grade id {twice} occurs twice", "rename one"
    yield from everywhere()
    yield from versions()
    yield from todos()


def main() -> int:
    """Print them; 1 if there are any."""
    found = list(faults())
    for where, what, remedy in found:
        print(f"{where}: {what} -> {remedy}")
    print(f"{len(found)} to put right" if found else "Nothing is missing; everything agrees.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
