"""The page that a student gets back: their work, and each graded cell's points and message.

Graded cells are shown as they were released, so no hidden test is on the page; neither are paths
of the grader's machine.
"""

import contextlib
import html
import re
import sys
from pathlib import Path

import bleach
import nbformat

from grading.record import Course
from grading.sandbox import ROOT
from helpers.notebook import name_of

TAGS = frozenset((  # of a learner's Markdown
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "table", "thead",
    "tbody", "tr", "th", "td", "blockquote", "pre", "code", "em", "strong", "del", "a", "details",
    "summary", "span", "div", "sub", "sup"))
LONGEST_TEXT = 5_000  # characters of Markdown: to render more can take minutes
ANSI = re.compile(r"\x1b\[[0-9;]*m")
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
pre { background: #f5f5f5; padding: .6rem .8rem; overflow-x: auto; border-radius: 4px;
  white-space: pre-wrap; }
img { max-width: 100%; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; text-align: left; }
.points { border-left: 6px solid #009E73; padding-left: .8rem; }
.lost { border-left-color: #D55E00; }
"""


def write(course: Course, student: str, name: str) -> Path:
    """Write `feedback/STUDENT/NAME/NAME.html` from what was graded."""
    graded = course.folder("autograded", student, name) / f"{name}.ipynb"
    notebook = nbformat.read(graded, as_version=4)
    release = nbformat.read(course.release(name), as_version=4)
    with course.gradebook() as book:
        found = book.find_submission_notebook(name, name, student)
        points = {g.name: (g.score, g.max_score) for g in found.grades}
    page = course.folder("feedback", student, name) / f"{name}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render(notebook, release, points, f"{name}: {student}"), encoding="utf-8")
    return page


def render(notebook, release, points: dict[str, tuple[float, float]], title: str) -> str:
    """The page as HTML."""
    released = {name_of(cell): cell.source for cell in release.cells if name_of(cell)}
    total, most = (sum(column) for column in zip(*points.values(), strict=True))
    rows = "".join(
        f'<tr><td><a href="#{html.escape(n)}">{html.escape(n)}</a></td><td>{got:g} of {top:g}</td>'
        "</tr>" for n, (got, top) in points.items()
    )
    cells = "\n".join(filter(None, (cell_html(c, released, points) for c in notebook.cells)))
    return (f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{html.escape(title)}'
            f"</title><style>{STYLE}</style>\n<h1>{html.escape(title)}</h1>\n"
            f"<p><strong>{total:g} of {most:g} points</strong></p>\n"
            f"<table><tr><th>Test</th><th>Points</th></tr>{rows}</table>\n{cells}\n</html>\n")


def cell_html(cell, released: dict[str, str], points: dict) -> str:
    """One cell; a graded one with its points."""
    name = name_of(cell)
    if cell.cell_type == "markdown" and len(cell.source) <= LONGEST_TEXT:
        from nbconvert.filters import markdown2html

        with contextlib.suppress(Exception):  # a picture that is not there, and who knows what
            return bleach.clean(markdown2html(cell.source), TAGS, {"a": ["href"]}, strip=True)
    if cell.cell_type != "code":
        return f"<pre>{html.escape(cell.source)}</pre>"
    source = released[name] if name in points else cell.source
    text = f"<pre><code>{html.escape(source)}</code></pre>" + "".join(
        output_html(output) for output in cell.outputs)
    if name not in points:
        return text
    got, most = points[name]
    return (f'<section id="{html.escape(name)}" class="points{"" if got == most else " lost"}">'
            f"<p><strong>{html.escape(name)}: {got:g} of {most:g}</strong></p>{text}</section>")


def output_html(output) -> str:
    """One output: text, error or picture."""
    if output.output_type == "stream":
        return f"<pre>{clean(output.text)}</pre>" if output.name == "stdout" else ""
    if output.output_type == "error":
        return f"<pre>{clean(chr(10).join(output.traceback))}</pre>"
    picture, text = output.data.get("image/png"), output.data.get("text/plain", "")
    if picture and re.fullmatch(r"[A-Za-z0-9+/=\s]+", picture):
        alt = output.metadata.get("image/png", {}).get("alt", "") or output.metadata.get("alt", "")
        return f'<p><img alt="{html.escape(str(alt))}" src="data:image/png;base64,{picture}"></p>'
    return f"<pre>{clean(text)}</pre>" if text else ""


def clean(text: str) -> str:
    """Text without colour codes and without the places of the grader's machine."""
    text = ANSI.sub("", text)
    for place, word in ((str(ROOT), "course"), (sys.prefix, "python"), (sys.base_prefix, "python"),
                        (str(Path.home()), "home")):
        text = text.replace(place, word)
    return html.escape(text)
