"""Lay what a new exercise needs: `make exercise NAME=pixel_share IN=08_your_own_data TITLE=...`.

The cells, the check, the bank file and the reply to the guess that come are a small exercise that
works. Change it into yours; `make check-course` lists each TODO that is left.
"""

import argparse
import json
import keyword
import sys
from pathlib import Path

from helpers.notebook import kind_of, name_of, outline_of, source_of

ROOT = Path(__file__).resolve().parent.parent

TASK = """### Exercise {number}: {title} (2 points, 5 minutes, difficulty 1 of 3)

**Input:** TODO a float tensor `x` of any shape.

**Output:** TODO a tensor of the same shape, every number doubled.

**Example:** TODO `[1.0, 2.0]` gives `[2.0, 4.0]`.

<details><summary>Hint: the idea</summary>
TODO
</details>
<details><summary>Hint: the call</summary>
TODO
</details>"""

ANSWER = '''def {name}(x: torch.Tensor) -> torch.Tensor:
    """Twice the input. TODO

    Shape: any -> the same
    """
    ### BEGIN SOLUTION
    return 2 * x  # TODO
    ### END SOLUTION'''

TRY = """with after_exercise():
    print({name}(torch.tensor([1.0, 2.0])))
    # expect tensor([2., 4.]) TODO"""

TEST = """# Test {number}{letter}: TODO the {what} of the result (1 point)
check.{name}_{what}({name})
### BEGIN HIDDEN TESTS
check.{name}_{what}({name}, seed=1)
### END HIDDEN TESTS"""

CHECK = '''"""Exercise {number}: {title}."""

import torch

from helpers.checks.core.calling import check, draw
from helpers.checks.core.handle import Handle
from helpers.checks.core.spec import Spec

# TODO the right answer, the inputs and the faults that learners make, each with its sentence
SPEC = Spec(
    "{name}",
    lambda x: 2 * x,
    lambda: [(torch.rand(2, 3),), (torch.rand(draw(2, 4), draw(5, 7)),)],
    "x of shape {{0}}",
    {{
        "that is the input as it came.": lambda x: x,
        "that is the input squared.": lambda x: x * x,
        "the first row is missing.": lambda x: 2 * x[1:],
    }},
)


@check
def {name}_shape({name}: Handle) -> str:
    """The shape of the result."""
    return SPEC.shape({name})


@check
def {name}_values({name}: Handle) -> str:
    """Its numbers."""
    return SPEC.values({name})
'''

ANSWERS = '''"""Answers to `{name}`."""

from tests.bank import right, wrong

SHAPE, VALUES = "{name}_shape", "{name}_values"

# TODO at least eight wrong answers and four right ones, each another idea


@wrong("the input as it came", fails={{VALUES: "the input as it came"}})
def {name}(x):
    return x


@wrong("the input squared", fails={{VALUES: "the input squared"}})
def {name}(x):
    return x * x


@wrong("without the first row", fails=dict.fromkeys((SHAPE, VALUES), "the first row is missing"))
def {name}(x):
    return 2 * x[1:]


@right("a sum")
def {name}(x):
    return x + x
'''

REPLIES = {
    "right": "4",
    "replies": {"2": "TODO what this guess forgot.", "4": "TODO why it is so."},
}


def text(identity: str, source: str) -> dict:
    """A Markdown cell of a notebook's file."""
    lines = source.splitlines(keepends=True)
    return {"cell_type": "markdown", "id": identity, "metadata": {}, "source": lines}


def code(identity: str, source: str, **nbgrader: object) -> dict:
    """A code cell, which nbgrader knows if something is said for it."""
    known = {"grade": False, "grade_id": identity, "locked": False, "schema_version": 3}
    known |= {"solution": False, "task": False} | nbgrader
    made = text(identity, source) | {"cell_type": "code", "execution_count": None, "outputs": []}
    return made | {"metadata": {"nbgrader": known} if nbgrader else {}}


def cells(name: str, number: str, title: str) -> list[dict]:
    """The cells of the exercise: a guess, the task, the answer, a try and two graded cells."""
    said = {"name": name, "number": number, "title": title}
    guess = f"predict-{number.replace('.', '-')}"
    made = [
        text(f"{guess}-text", "**Predict:** TODO What does the function give for 2?"),
        code(guess, f'predict("{number}")'),
        text(f"{name}-task", TASK.format(**said)),
        code(name, ANSWER.format(**said), solution=True),
        code(f"{name}-try", TRY.format(**said)),
    ]
    for letter, what in zip("ab", ("shape", "values"), strict=True):
        source = TEST.format(**said, letter=letter, what=what)
        made.append(code(f"{name}_{what}", source, grade=True, locked=True, points=1))
    return made


def lay(root: Path, name: str, notebook: str, title: str) -> list[Path]:
    """Write a new exercise after a notebook's last one; the files that were written.

    Raises:
        ValueError: the name is none, or taken, or there is no such notebook; nothing is written.
    """
    path = root / "solutions" / notebook / f"{notebook}.ipynb"
    check = root / "helpers" / "checks" / f"{name}.py"
    bank = root / "tests" / "bank" / notebook / f"{name}.py"
    replies = root / "helpers" / "assets" / "predictions.json"
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{name!r} cannot be the name of a function")
    if not path.is_file():
        known = sorted(p.name for p in (root / "solutions").iterdir() if p.is_dir())
        raise ValueError(f"there is no notebook {notebook}; there are {', '.join(known)}")
    book = json.loads(path.read_text(encoding="utf-8"))
    answers = [c for c in book["cells"] if kind_of(c) == "answer"]
    if check.exists() or bank.exists() or name in map(name_of, answers):
        raise ValueError(f"there is an exercise {name} already")
    last = max(i for i, c in enumerate(book["cells"]) if kind_of(c) == "test")
    numbers = outline_of(notebook, book["cells"]).exercises
    chapter, _, previous = list(numbers)[-1].partition(".")
    number = f"{chapter}.{int(previous) + 1}"
    if any(f"{number}:" in source_of(c) for c in book["cells"]):
        raise ValueError(f"{notebook} speaks of {number} already")
    book["cells"][last + 1 : last + 1] = cells(name, number, title)
    asked = json.loads(replies.read_text(encoding="utf-8"))
    asked = dict(sorted((asked | {number: REPLIES}).items()))
    said = {"name": name, "number": number, "title": title}
    texts = {
        path: json.dumps(book, indent=1, ensure_ascii=False) + "\n",
        replies: json.dumps(asked, indent=1, ensure_ascii=False) + "\n",
        check: CHECK.format(**said),
        bank: ANSWERS.format(**said),
    }
    for file, content in texts.items():
        file.write_text(content, encoding="utf-8")
    return list(texts)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="make exercise", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("notebook")
    parser.add_argument("title")
    asked = parser.parse_args()
    try:
        written = lay(ROOT, asked.name, asked.notebook, asked.title)
    except ValueError as error:
        print(f"{error}. Nothing was written.", file=sys.stderr)
        return 2
    for path in written:
        print(path.relative_to(ROOT))
    print("Change each TODO, then: make check-course")
    return 0


if __name__ == "__main__":
    sys.exit(main())
