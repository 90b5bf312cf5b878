"""The class as a table: points by exercise, time and outcome, as CSV and as one HTML page.

The page also lists the most frequent failure messages by exercise.
"""

import csv
import html
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import nbformat

from grading.feedback import STYLE, clean
from grading.record import Course
from helpers.notebook import by_exercise, kind_of, name_of

MOST = 3  # messages shown for a graded cell


def page(course: Course) -> Path:
    """Where the report of the last graded assignment lies."""
    return course.root / ".grading" / "class.html"


def write(
    course: Course, name: str, students: list[str], outcome_file: Callable[[str], Path]
) -> None:
    """Write `.grading/NAME.csv`, `.grading/NAME.html` and the same page as `class.html`."""
    rows, cells, exercises = [], {}, cells_of_exercises(course, name)
    with course.gradebook() as book:
        for student in students:
            if not outcome_file(student).is_file():
                continue
            facts = json.loads(outcome_file(student).read_text())
            grades = book.find_submission_notebook(name, name, student).grades
            cells = cells or {g.name: g.max_score for g in grades}
            scores = {g.name: g.score for g in grades}
            rows.append({"student": student, "outcome": facts["outcome"],
                         "seconds": facts["seconds"], "points": sum(scores.values()),
                         **{e: sum(scores[c] for c in own) for e, own in exercises.items()},
                         **{c: scores[c] for c in cells}, "remarks": " ".join(facts["remarks"])})
    folder = page(course).parent
    folder.mkdir(exist_ok=True)
    columns = ["student", "outcome", "seconds", "points", *exercises, *cells, "remarks"]
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    said = messages(course, name, [row["student"] for row in rows])
    text = render(name, rows, cells, exercises, said)
    for target in (folder / f"{name}.html", page(course)):
        target.write_text(text, encoding="utf-8")


def cells_of_exercises(course: Course, name: str) -> dict[str, list[str]]:
    """The graded cells of each exercise: those that follow its solution cell."""
    cells = nbformat.read(course.source(name), as_version=4).cells
    return {name_of(answer): [name_of(test) for test in tests]
            for answer, tests in by_exercise(cells)}


def messages(course: Course, name: str, students: list[str]) -> dict[str, Counter]:
    """How often each graded cell failed with which first line."""
    found: dict[str, Counter] = {}
    for student in students:
        graded = course.folder("autograded", student, name) / f"{name}.ipynb"
        for cell in nbformat.read(graded, as_version=4).cells:
            if kind_of(cell) != "test":
                continue
            for output in cell.outputs:
                if output.output_type == "error":
                    first = f"{output.ename}: {output.evalue}".splitlines()[0]
                    found.setdefault(name_of(cell), Counter())[first] += 1
    return found


def render(
    name: str, rows: list[dict], cells: dict[str, float], exercises: dict[str, list[str]],
    said: dict[str, Counter],
) -> str:
    """The page as HTML, with its plots inside."""
    count, most = len(rows), sum(cells.values())
    points = [row["points"] for row in rows]
    outcomes = Counter(row["outcome"] for row in rows)
    lost = {cell: sum(row[cell] < top for row in rows) for cell, top in cells.items()}
    table = "".join(
        f"<tr><td>{html.escape(row['student'])}</td><td>{row['outcome']}</td>"
        f"<td>{row['seconds']:.1f}</td><td>{row['points']:g}</td>"
        + "".join(f"<td>{row[exercise]:g}</td>" for exercise in exercises)
        + f"<td>{clean(row['remarks'])}</td></tr>" for row in rows
    )
    heads = "".join(f"<th>{html.escape(exercise)} ({sum(cells[c] for c in own):g})</th>"
                    for exercise, own in exercises.items())
    frequent = "".join(
        f"<h3>{html.escape(exercise)}</h3>" + "".join(
            f"<p>{html.escape(cell)}: lost by {lost[cell]} of {count}</p><ul>" + "".join(
                f"<li>{number} times: {clean(text)}</li>" for text, number in
                said.get(cell, Counter()).most_common(MOST)) + "</ul>"
            for cell in own if lost[cell])
        for exercise, own in exercises.items() if any(lost[cell] for cell in own)
    )
    summary = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
    mean = sum(points) / count if count else 0
    return (f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{html.escape(name)}'
            f"</title><style>{STYLE} body {{ max-width: 75rem; }}</style>\n"
            f"<h1>{html.escape(name)}</h1>\n<p>{count} submissions: {summary}. Mean {mean:.1f} of "
            f"{most:g} points.</p>\n{plots(points, most, lost, count)}\n"
            f"<h2>What failed most</h2>\n{frequent or '<p>Nothing.</p>'}\n<h2>Everybody</h2>\n"
            f"<div style='overflow-x:auto'><table><tr><th>Student</th><th>Outcome</th>"
            f"<th>Seconds</th><th>Points ({most:g})</th>{heads}<th>Remarks</th></tr>{table}"
            "</table></div>\n</html>\n")


def plots(points: list[float], most: float, lost: dict[str, int], count: int) -> str:
    """How many earned how much, and which cells cost points, as an image in the page."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11, max(3, 0.28 * len(lost))), width_ratios=(1, 1.4))
    left.hist(points, bins=[i - 0.5 for i in range(int(most) + 2)], color="#0072B2")
    left.set(xlabel="points", ylabel="students")
    right.barh(list(lost), list(lost.values()), color="#D55E00")
    right.set(xlabel=f"students of {count} who lost points", xlim=(0, max(count, 1)))
    right.invert_yaxis()
    fig.tight_layout()
    picture = BytesIO()
    fig.savefig(picture, format="png", dpi=90)
    plt.close(fig)
    alt = (f"Left: a histogram of the points of {count} students. Right: how many lost points in "
           "each graded cell: " + ", ".join(f"{c} {n}" for c, n in lost.items()) + ".")
    data = b64encode(picture.getvalue()).decode()
    return f'<p><img alt="{html.escape(alt)}" src="data:image/png;base64,{data}"></p>'
