"""The whole answer bank through nbgrader: `python -m tests.whole_bank [NN_name ...]`.

Each wrong answer is handed in by a student of its own, alone among right solutions; right answers
share students. nbgrader grades them all. Prints what it got wrong, and exits with 1 if anything.
"""

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from tests import course
from tests.classes import enrol, make_course, misjudged, nbgrader, right_answers, wrong_answers


def grade(name: str) -> tuple[int, list[str], list[str]]:
    """Hand in and grade all answers to a notebook, in a course of its own."""
    with tempfile.TemporaryDirectory(prefix="bank_") as folder:
        root = Path(folder)
        make_course(root, name)
        nbgrader(root, "generate_assignment", name)
        wrong, right = wrong_answers(name), right_answers(name)
        enrol(root, name, wrong | right)
        nbgrader(root, "autograde", name)
        return (
            len(wrong | right),
            misjudged(root, name, wrong),
            misjudged(root, name, right),
        )


def main(names: list[str]) -> int:
    """Grade two notebooks at a time; 0 if every answer got what it deserves."""
    begin, count, accepted, refused = time.monotonic(), 0, [], []
    names = names or course.NAMES
    with ThreadPoolExecutor(2) as pool:
        for more, wrong, right in tqdm(pool.map(grade, names), total=len(names), unit="notebook"):
            count, accepted, refused = count + more, accepted + wrong, refused + right
    for line in accepted + refused:
        print(line)
    minutes = (time.monotonic() - begin) / 60
    print(
        f"{count} submissions in {minutes:.1f} minutes: wrong accepted {len(accepted)}, right "
        f"refused {len(refused)}"
    )
    return 1 if accepted or refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
