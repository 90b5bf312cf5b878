"""The notebooks keep the form that learners, instructors and tools rely on."""

import contextlib
import itertools
import json
import re
from collections import Counter

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from grading import outputs, points
from grading.release import GOES_ON
from helpers.notebook import kind_of
from helpers.notebook_code import cells_of, names_in
from helpers.predict import predictions
from helpers.session import name_asked
from tests import course

each_notebook = pytest.mark.parametrize("name", course.NAMES)


@each_notebook
def test_ids_are_unique_and_stable(name):
    cells = course.read(course.solution_path(name)).cells
    assert max(Counter(cell.id for cell in cells).values()) == 1
    for cell in cells:
        if "nbgrader" in cell.metadata:
            assert cell.id == cell.metadata.nbgrader.grade_id


@each_notebook
def test_every_exercise_has_graded_cells_that_name_it(name):
    for exercise in course.exercises(name).values():
        assert exercise.tests, exercise.name
        assert "### BEGIN SOLUTION" in exercise.source
        for grade_id in exercise.tests:
            assert grade_id.startswith(exercise.name), grade_id


@each_notebook
def test_every_graded_cell_has_a_visible_and_a_hidden_part_and_points(name):
    for exercise in course.exercises(name).values():
        for grade_id, source in exercise.tests.items():
            visible, _, hidden = source.partition("### BEGIN HIDDEN TESTS")
            assert re.search(r"^check\.\w+\(", visible, re.M), grade_id
            assert re.search(r"^check\.\w+\(.*seed=", hidden, re.M), grade_id
            assert 1 <= exercise.points[grade_id] <= 4, grade_id


def test_points_are_told_as_they_are_stored():
    for name in course.NAMES:
        text = course.solution_path(name).read_text(encoding="utf-8")
        notebook = json.loads(text)
        total = points.told(notebook)
        assert json.dumps(notebook, indent=1, ensure_ascii=False) + "\n" == text
        test = next(c for c in notebook["cells"] if kind_of(c) == "test")
        test["metadata"]["nbgrader"]["points"] += 7
        assert points.told(notebook) == total + 7
        told = test["metadata"]["nbgrader"]["points"]
        assert f"({told} points)" in "".join(test["source"])
    readme = (course.ROOT / "README.md").read_text(encoding="utf-8")
    assert points.table(readme, course.totals()) == readme


@each_notebook
def test_headings_promise_the_points_that_the_cells_give(name):
    cells = course.read(course.solution_path(name)).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    promised = [int(n) for n in re.findall(r"^### Exercise .*\((\d+) points?,", text, re.M)]
    given = [sum(e.points.values()) for e in course.exercises(name).values()]
    assert promised == given
    total = re.search(r"\*\*Points:\*\* (\d+)", text)
    assert total and int(total[1]) == sum(given)


@each_notebook
def test_code_fits_the_page_and_cells_stay_short(name):
    for cell in course.read(course.solution_path(name)).cells:
        lines = cell.source.splitlines()
        if cell.cell_type == "code":
            assert max(map(len, lines)) <= 100, cell.id
            assert len(lines) <= 60, cell.id
        else:
            words = re.sub(r"<details>.*?</details>|```.*?```", "", cell.source, flags=re.S).split()
            assert len(words) <= 200, (cell.id, len(words))


@each_notebook
def test_only_compared_and_shown_outputs_are_stored(name):
    for cell in course.read(course.solution_path(name)).cells:
        if cell.cell_type == "code":
            stored = {"nbval-check-output", "keep-output"} & set(cell.metadata.get("tags", []))
            assert bool(cell.outputs) == bool(stored), cell.id
            assert bool(cell.execution_count) == bool(stored), cell.id  # nbval wants both
            figure = any("text/html" in output.get("data", {}) for output in cell.outputs)
            assert not (figure and "nbval-check-output" in stored), cell.id  # of any matplotlib


@each_notebook
def test_a_release_begins_with_its_title_and_picture(name):
    path = course.release_path(name)
    title, picture, objectives, setup = course.read(path).cells[:4]
    assert title.source.startswith("# ") and "**You will:**" in objectives.source
    page = "".join(output.data.get("text/html", "") for output in picture.outputs)
    assert re.search(r'<img class="course" alt="[^"]{20,}" src="data:image/png;base64,', page)
    assert len(picture.source.split("\n")) <= 3
    assert setup.metadata.jupyter.source_hidden and picture.metadata.jupyter.source_hidden
    assert path.stat().st_size < 2**20


@each_notebook
def test_a_release_keeps_what_depends_on_no_answer_as_it_is_stored(name):
    released = {cell.id: cell for cell in course.read(course.release_path(name)).cells}
    for cell in course.read(course.solution_path(name)).cells:
        if cell.cell_type == "code":
            kept = "keep-output" in cell.metadata.get("tags", [])
            assert released[cell.id].outputs == (cell.outputs if kept else [])
            assert released[cell.id].execution_count == (cell.execution_count if kept else None)
            assert not (kept and ("after_exercise" in cell.source or "check." in cell.source))


@each_notebook
def test_release_shows_no_solution_and_no_hidden_test(name):
    text = course.release_path(name).read_text()
    for marker in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS"):
        assert marker not in text
    assert not re.search(r"check\.\w+\(.*seed=", text)


@each_notebook
def test_headings_are_in_order(name):
    cells = course.read(course.solution_path(name)).cells
    text = "\n".join(
        re.sub(r"```.*?```", "", cell.source, flags=re.S)
        for cell in cells
        if cell.cell_type == "markdown"
    )
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))


@each_notebook
def test_every_notebook_shows_progress_first_and_what_is_missing_last(name):
    code = [c for c in course.read(course.solution_path(name)).cells if c.cell_type == "code"]
    assert "show_progress()" in [cell.source for cell in code[:3]]
    assert code[-1].source == f'before_you_submit("{name}")'


@each_notebook
def test_every_exercise_has_points_minutes_a_difficulty_and_two_folded_hints(name):
    text = "\n".join(cell.source for cell in course.read(course.solution_path(name)).cells)
    parts = re.split(r"^### Exercise ", text, flags=re.M)[1:]
    assert len(parts) == len(course.exercises(name))
    for part in parts:
        assert re.match(r"[\d.]+: .* \(\d+ points?, \d+ minutes, difficulty [123] of 3\)\n", part)
        task = part[: part.index("### BEGIN SOLUTION")]
        assert task.count("<details><summary>Hint") == 2
        assert task.count("</details>") - 2 == task.count("<details><summary>Last hint") <= 1


def test_glossary_is_in_order_and_leads_to_notebooks_that_use_the_word():
    page = course.RELEASES / "glossary.md"
    rows = re.findall(r"^\| (.+?) \| .+ \| \[(\d\d)\]\((.+?)\) \|$", page.read_text(), re.M)
    words = [word for word, _, _ in rows]
    assert len(words) > 30 and words == sorted(words, key=str.lower)
    for word, number, link in rows:
        target = page.parent / link
        assert target.name.startswith(number)
        stem = word.lower().removesuffix("e")
        assert stem in " ".join(c.source for c in course.read(target).cells).lower(), word
    for name in course.NAMES:
        assert "(../glossary.md)" in course.release_path(name).read_text()


@each_notebook
def test_before_each_exercise_there_is_a_prediction(name):
    cells = course.read(course.solution_path(name)).cells
    asked = []
    for before, cell in itertools.pairwise(cells):
        if cell.cell_type == "code" and (found := re.fullmatch(r'predict\("(.+)"\)', cell.source)):
            assert "**Predict:** " in before.source and before.source.endswith(("?", ".")), cell.id
            asked.append(found[1])
        for number in re.findall(r"^### Exercise ([\d.]+):", cell.source, re.M):
            assert any(question.startswith(number) for question in asked), number
    assert asked == [q for q in predictions() if q.startswith(name[1])]


@each_notebook
def test_run_all_goes_on_past_graded_cells_of_the_release_only(name):
    cells = course.read(course.release_path(name)).cells
    assert all((kind_of(c) == "test") == (GOES_ON in c.metadata.get("tags", [])) for c in cells)
    assert GOES_ON not in course.solution_path(name).read_text()


def test_instructors_are_told_how_many_points_are_given_away_by_later_notebooks():
    given_away = 0
    for i, name in enumerate(course.NAMES):
        later = [names_in(cells_of(course.release_path(n), "given")) for n in course.NAMES[i + 1 :]]
        for exercise in course.exercises(name).values():
            asked = name_asked(exercise.name)
            answer = next((names[asked] for names in later if asked in names), None)
            for grade_id, source in exercise.tests.items() if answer else ():
                with contextlib.suppress(AssertionError):
                    exec(source, dict(course.solved(name)) | {asked: answer})
                    given_away += exercise.points[grade_id]
    points = sum(course.totals().values())
    said = " ".join((course.ROOT / "grading" / "README.md").read_text().split())
    assert f"together {given_away} of the {points} points" in said


def test_points_are_written_into_whatever_tells_them(tmp_path, monkeypatch):
    name = course.NAMES[0]
    right = course.SOLUTIONS / name / f"{name}.ipynb"
    path, readme = tmp_path / "solutions" / name / right.name, tmp_path / "README.md"
    path.parent.mkdir(parents=True)
    path.write_text(re.sub(r"(# Test .* \()\d+ point", r"\g<1>9 point", right.read_text("utf-8")))
    row = f"| `{name}` | see classes | {{}} | 40 |\n"
    readme.write_text(row.format(99))
    assert path.read_bytes() != right.read_bytes()
    monkeypatch.setattr(points, "ROOT", tmp_path)
    points.main()
    assert path.read_bytes() == right.read_bytes()
    assert readme.read_text() == row.format(f"{course.totals()[name]:g}")
    before = path.stat().st_mtime_ns
    points.main()
    assert path.stat().st_mtime_ns == before


def test_outputs_are_stored_of_tagged_cells_alone_and_none_if_a_cell_fails(tmp_path, kernels):
    new, path = nbformat.v4.new_code_cell, tmp_path / "a.ipynb"
    picture = (
        "import base64, io\nfrom IPython.display import HTML\nfrom PIL import Image\n"
        "file = io.BytesIO()\nImage.effect_noise((99, 99), 90).convert('RGB').save(file, 'PNG')\n"
        "HTML('<img src=\"data:image/png;base64,' + base64.b64encode(file.getvalue()).decode()"
        " + '\">')"
    )
    cells = [
        new("print('kept')", metadata={"tags": [outputs.CHECKED]}),
        new(picture, metadata={"tags": [outputs.KEEP]}),
        new("print('dropped')"),
        nbformat.v4.new_markdown_cell("Words."),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    outputs.refresh(path)
    kept, shown, dropped, words = nbformat.read(path, as_version=4).cells
    assert kept.outputs[0].text == "kept\n" and not dropped.outputs and words.source == "Words."
    assert "data:image/png;base64," in shown.outputs[0].data["text/html"]
    before = nbformat.v4.new_notebook(cells=[*cells, new("1 / 0")])
    nbformat.write(before, path)
    written = path.read_bytes()
    with pytest.raises(CellExecutionError):
        outputs.refresh(path)
    assert path.read_bytes() == written
