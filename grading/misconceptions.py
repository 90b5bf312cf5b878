"""What students got wrong, by its cause: from the messages of the graded cells."""

import re
from collections.abc import Iterable, Mapping

from helpers.exercise import CAUSE, NOT_WRITTEN
from helpers.notebook import Notebook

AGAIN = re.compile(r"^Same as Test \S+: ")
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")
GOT = re.compile(r", got .*?: (?=[a-z`])(.*)")  # what a check adds to what it got
GIVEN = re.compile(r" (?:for|from) (?:\{.*?\}|.)*?(?=, got|: |$)")  # the input of this run


def cause_of(message: str) -> str:
    """The likely cause that a message names, or what it says first, without this run's numbers."""
    lines = [line for line in message.splitlines() if line.strip()] or [""]
    if NOT_WRITTEN in message:
        return NOT_WRITTEN
    found = next((line for line in lines if line.startswith(CAUSE)), "")
    if found or AGAIN.match(lines[0]):
        return found.removeprefix(CAUSE) or AGAIN.sub("", lines[0])
    added = GOT.search(lines[0])
    return NUMBER.sub("#", added[1] if added else GIVEN.sub("", lines[0]))


def misconceptions(
    book: Notebook, said: Mapping[str, Mapping[str, str]]
) -> dict[str, list[tuple[str, list[str]]]]:
    """By exercise, each cause with the students who met it, the commonest first.

    `said` holds by student, by graded cell, the text of its error.
    """
    exercise_of = {cell.grade_id: cell.exercise for cell in book.tests}
    found: dict[str, dict[str, list[str]]] = {number: {} for number in book.exercises}
    for student, messages in said.items():
        met = {
            (exercise_of[cell], cause_of(text))
            for cell, text in messages.items()
            if cell in exercise_of
        }
        for exercise, cause in sorted(met):
            found[exercise].setdefault(cause, []).append(student)
    return {number: by_count(causes.items()) for number, causes in found.items() if causes}


def by_count(causes: Iterable[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """The causes that most students met first."""
    return sorted(causes, key=lambda entry: (-len(entry[1]), entry[0]))
