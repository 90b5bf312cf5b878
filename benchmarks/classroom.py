"""A class made from the answer bank: `python -m benchmarks.classroom [COUNT [NOTEBOOK [FOLDER]]]`.

COUNT students (200) each hand in a solved notebook in which some exercises have an answer of the
bank, right or wrong; some are late, some hand in nothing. `make grade`'s command grades them.
Prints the seconds; what it made stays in FOLDER, to be looked at.
"""

import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from grading.record import Course
from tests import course
from tests.classes import answered, make_course, nbgrader, submit

FIRST = ("Ada", "Ben", "Chen", "Dana", "Emil", "Fatima", "Goran", "Hana", "Ivo", "Jun", "Kofi")
LAST = ("Abebe", "Berg", "Costa", "Dubois", "Eriksen", "Fischer", "Gupta", "Haddad", "Ito")
DUE = datetime(2026, 11, 20, 12)


def make(root: Path, name: str, count: int) -> None:
    """The class before it is graded."""
    chance = random.Random(0)
    make_course(root, name)
    nbgrader(root, "generate_assignment", name)
    bank = course.bank(name)
    with Course(root).gradebook() as book:
        book.update_or_create_assignment(name, duedate=DUE)
        for number in range(count + count // 20):
            book.update_or_create_student(
                f"s{number:03}", first_name=chance.choice(FIRST), last_name=chance.choice(LAST)
            )
    for number in range(count):
        weak = chance.random()  # the share of exercises with an answer of the bank
        answers = {
            exercise: chance.choice(found)
            for exercise, found in bank.items()
            if chance.random() < weak
        }
        submit(root, f"s{number:03}", name, answered(name, answers))
        moment = DUE + timedelta(hours=chance.gauss(-20, 12))
        (root / "submitted" / f"s{number:03}" / name / "timestamp.txt").write_text(f"{moment} UTC")


def main(count: str = "200", name: str = "03_conv_block", folder: str = "") -> None:
    """Make and grade the class."""
    root = Path(folder or tempfile.mkdtemp(prefix="class_"))
    root.mkdir(parents=True, exist_ok=True)
    make(root, name, int(count))
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "grading", name], cwd=root, check=True)
    seconds = time.perf_counter() - begin
    print(
        f"{count} submissions of {name}: {seconds:.0f} s, {seconds / int(count):.2f} s each; "
        f"see {root}/.grading/class.html"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
