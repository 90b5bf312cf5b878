"""Odd but honest submissions, and what each deserves: what editors, services and machines make.

As in `tests.hostile`, each case writes a student's folder for notebook 02.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat

from helpers.notebook import kind_of
from tests import course
from tests.hostile import FULL, NAME, Case, cell, release, save, solved

ODD: dict[str, Case] = {}


def odd(points: float, words: str = "", student: str = "") -> Callable:
    """Register a function that writes a submission; the `student` is called after it, or so."""

    def register(write: Callable[[Path], None]) -> Callable:
        ODD[student or write.__name__] = Case(write, points, words, cheats=False)
        return write

    return register


def text_of(notebook: nbformat.NotebookNode) -> str:
    """A notebook as it stands in its file."""
    return json.dumps(notebook, ensure_ascii=False)


def write(folder: Path, content: bytes | str, name: str = f"{NAME}.ipynb") -> None:
    """Write a file."""
    content = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(content)


def with_cell(source: str) -> nbformat.NotebookNode:
    """A solved notebook with a cell of the student's own after the setup."""
    notebook = solved()
    spot = next(i for i, c in enumerate(notebook.cells) if c.id == "setup") + 1
    notebook.cells.insert(spot, nbformat.v4.new_code_cell(source))
    return notebook


# -- encodings ------------------------------------------------------------------------------------


@odd(FULL)
def byte_order_mark(folder):
    write(folder, b"\xef\xbb\xbf" + text_of(solved()).encode())


@odd(FULL)
def utf_16(folder):
    write(folder, text_of(solved()).encode("utf-16"))


@odd(FULL)
def windows_1252(folder):
    notebook = with_cell("name = 'Zoë Müller'")
    for c in notebook.cells:
        if c.cell_type == "markdown":
            c.source = c.source.encode("cp1252", "ignore").decode("cp1252")
    write(folder, text_of(notebook).encode("cp1252", "ignore"))


@odd(FULL)
def carriage_returns(folder):
    write(folder, json.dumps(solved(), indent=1).replace("\n", "\r\n"))


@odd(FULL)
def half_a_character_printed(folder):
    save(with_cell(r"print('\ud800 half')"), folder)


@odd(FULL)
def half_a_character_written(folder):
    notebook = solved()
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell("half \ud83d of one"))
    write(folder, json.dumps(notebook))


@odd(FULL)
def bytes_printed(folder):
    save(with_cell("import sys\nsys.stdout.write('\\x00\\x1b[31mred\\x07\\r')"), folder)


@odd(FULL)
def every_script(folder):
    save(with_cell("größe = '日本語 עברית 🚗 \u202e'\nprint(größe)"), folder)


# -- timestamps -----------------------------------------------------------------------------------

TIMES = {
    "time_empty": b"",
    "time_blank": b"  \n",
    "time_binary": bytes(range(256)),
    "time_words": b"yesterday evening",
    "time_number_of_a_day": b"10",
}


def stamped(content: bytes) -> Callable[[Path], None]:
    """A writer of a right notebook with such a timestamp.txt."""

    def write_both(folder: Path) -> None:
        save(solved(), folder)
        write(folder, content, "timestamp.txt")

    return write_both


for student, content in TIMES.items():
    odd(FULL, "it is not known when this was handed in", student)(stamped(content))
for student, content in {
    "time_of_nbgrader": b"2026-11-20 10:15:00.123456 UTC",
    "time_iso": b"2026-11-20T10:15:00+01:00",
    "time_byte_order_mark": b"\xef\xbb\xbf2026-11-20 10:15:00 UTC",
    "time_utf_16": "2026-11-20 10:15:00 UTC".encode("utf-16"),
    "time_seconds": b"1795169700",
    "time_milliseconds": b"1795169700000",
    "time_local": b"20.11.2026 10:15",
}.items():
    odd(FULL, "", student)(stamped(content))


@odd(FULL)
def time_is_a_folder(folder):
    save(solved(), folder)
    (folder / "timestamp.txt").mkdir()


# -- folders and names ----------------------------------------------------------------------------

for student in (
    "a[1]",
    "x [2]",
    "two\nlines",
    "blank ",
    " before",
    "tab\there",
    "*",
    "q?",
    "100%",
    "{brace}",
    "it's",
    'say "no"',
    "semi;colon",
    "José",
    "Jose\u0301",
    "名前",
    "-rf",
    "=1+1",
    "<b>",
    "&amp;",
    "a" * 120,
    "user@school.org",
    os.fsdecode(b"latin\xe9"),
    "back\\slash",
    "CON",
    "~root",
    "$HOME",
):
    odd(FULL, "", student)(lambda folder: save(solved(), folder))


@odd(FULL, "was found in the folder")
def one_folder_too_deep(folder):
    (folder / NAME).mkdir()
    save(solved(), folder / NAME)


@odd(FULL, "was found in the folder")
def mac_archive(folder):
    (folder / "__MACOSX").mkdir()
    write(folder / "__MACOSX", b"\x00\x05\x16\x07", f"._{NAME}.ipynb")
    (folder / "homework").mkdir()
    save(solved(), folder / "homework")
    write(folder, b"\x00", ".DS_Store")


@odd(FULL)
def capital_ending(folder):
    write(folder, text_of(solved()), f"{NAME}.IPYNB")


@odd(FULL, "please keep the file's name")
def ending_that_a_browser_added(folder):
    write(folder, text_of(solved()), f"{NAME}.ipynb.txt")


@odd(FULL, "please keep the file's name")
def ending_json(folder):
    write(folder, text_of(solved()), f"{NAME}.ipynb.json")


@odd(FULL)
def checkpoints_beside_it(folder):
    save(solved(), folder)
    (folder / ".ipynb_checkpoints").mkdir()
    save(release(), folder / ".ipynb_checkpoints", f"{NAME}-checkpoint")


@odd(FULL)
def a_module_of_their_own(folder):
    write(folder, "def twice(n):\n    return 2 * n\n", "my_tools.py")
    save(with_cell("from my_tools import twice\nassert twice(2) == 4"), folder)


@odd(FULL, "notes.docx was left out")
def other_files(folder):
    save(solved(), folder)
    write(folder, b"PK", "notes.docx")
    os.mkfifo(folder / "pipe")


@odd(0, "Hand in the notebook itself (File, Download)")
def a_web_page(folder):
    write(folder, "<!DOCTYPE html><html><body>02</body></html>")


@odd(0, "found answer.py")
def a_script(folder):
    write(folder, "print(1)", "answer.py")


@odd(0, "zip archive")
def an_archive_with_the_wrong_name(folder):
    write(folder, b"PK\x03\x04" + b"\x00" * 50)


@odd(0, "There is no notebook")
def a_folder_called_notebook(folder):
    (folder / f"{NAME}.ipynb").mkdir()


# -- editors and services -------------------------------------------------------------------------


def without(notebook: nbformat.NotebookNode, ids: bool) -> dict:
    """The notebook without nbgrader's metadata, and without ids if so."""
    plain = json.loads(json.dumps(notebook))
    for c in plain["cells"]:
        c["metadata"] = {}
        if ids:
            c.pop("id", None)
    plain["nbformat_minor"] = 4 if ids else 5
    return plain


@odd(FULL, "were known by what")
def kaggle(folder):
    notebook = without(solved(), ids=True)
    for c in notebook["cells"]:
        c["metadata"] = {"trusted": True, "execution": {"iopub.status.busy": "2026-11-20"}}
    notebook["metadata"]["kaggle"] = {"accelerator": "none", "dataSources": []}
    save(notebook, folder)


@odd(FULL, "known by their ids")
def colab(folder):
    original = solved()
    notebook = without(original, ids=True)
    for c, old in zip(notebook["cells"], original.cells, strict=True):
        c["metadata"] = {"id": old.id, "colab": {"base_uri": "https://localhost"}}
    notebook["metadata"] = {"colab": {"provenance": []}, "accelerator": "GPU"}
    save(notebook, folder)


@odd(FULL, "were known by what")
def deepnote(folder):
    notebook = without(solved(), ids=True)
    for number, c in enumerate(notebook["cells"]):
        c["metadata"] = {"cell_id": f"{number:032x}", "deepnote_cell_type": c["cell_type"]}
        c["block_group"] = "x"
    save(notebook, folder)


@odd(FULL)
def vs_code(folder):
    notebook = solved()
    for c in notebook.cells:
        c.metadata["vscode"] = {"languageId": "python"}
    notebook.metadata.language_info = {"name": "python", "version": "3.12.1"}
    save(notebook, folder)


@odd(FULL)
def sources_in_lines(folder):
    notebook = json.loads(json.dumps(solved()))
    for c in notebook["cells"]:
        c["source"] = c["source"].splitlines(keepends=True)
    save(notebook, folder)


@odd(FULL)
def state_of_widgets(folder):
    notebook = solved()
    notebook.metadata.widgets = {
        "application/vnd.jupyter.widget-state+json": {
            "state": {"x": {"model_name": "IntSliderModel"}},
            "version_major": 2,
        }
    }
    save(notebook, folder)


@odd(FULL)
def a_pasted_attachment(folder):
    notebook = solved()
    own = nbformat.v4.new_markdown_cell("![mine](attachment:image.png)")
    own["attachments"] = {"image.png": {"image/png": "iVBORw0KGgo="}}
    notebook.cells.append(own)
    save(notebook, folder)


@odd(FULL)
def one_odd_cell(folder):
    notebook = json.loads(json.dumps(solved()))
    notebook["cells"] += [
        {"cell_type": "code", "metadata": None, "source": "1 + 1"},
        {"cell_type": "code", "metadata": [], "source": None, "outputs": "none"},
        {"cell_type": "code", "metadata": {"nbgrader": "yes"}, "source": {"a": 1}},
        {"cell_type": "heading", "source": ["a", 7]},
        "text",
        None,
        5,
        [],
    ]
    save(notebook, folder)


@odd(FULL)
def odd_outputs(folder):
    notebook = json.loads(json.dumps(solved()))
    for c in notebook["cells"]:
        if c["cell_type"] == "code":
            c["outputs"], c["execution_count"] = [{"output_type": "pyout", "x": None}], "many"
    save(notebook, folder)


@odd(0, "marks of a merge conflict")
def merge_conflict(folder):
    text = json.dumps(solved(), indent=1)
    write(folder, text.replace("\n", "\n<<<<<<< HEAD\n", 1) + "\n=======\n>>>>>>> mine\n")


@odd(0, "nested too deeply")
def deep_nesting(folder):
    write(folder, '{"cells": ' + "[" * 50_000 + "]" * 50_000 + "}")


@odd(FULL - 3)
def cells_split_in_two(folder):
    notebook = solved()
    answer = cell(notebook, "insert_zeros")
    head, body = answer.source.split("\n", 1)
    answer.source = head
    notebook.cells.insert(notebook.cells.index(answer) + 1, nbformat.v4.new_code_cell(body))
    save(notebook, folder)


@odd(FULL, "was missing and was put back")
def only_the_answers(folder):
    notebook = solved()
    notebook.cells = [c for c in notebook.cells if kind_of(c) in ("answer", "given")]
    save(notebook, folder)


@odd(FULL)
def magics_and_shell(folder):
    save(with_cell("%matplotlib inline\n!ls\n%pip --version\n%%time\n"[:40]), folder)


@odd(FULL)
def progress_bars_and_plots(folder):
    save(
        with_cell(
            "from tqdm.auto import tqdm\nimport matplotlib.pyplot as plt\n"
            "for i in tqdm(range(3)): pass\nplt.plot([1, 2]); plt.show()"
        ),
        folder,
    )


@odd(FULL)
def another_locale(folder):
    save(
        with_cell(
            "import locale, os, time\nos.environ['TZ'] = 'Asia/Kathmandu'\ntime.tzset()\n"
            "locale.setlocale(locale.LC_ALL, 'C')\nos.chdir('/')"
        ),
        folder,
    )


@odd(FULL)
def read_only_files(folder):
    save(solved(), folder)
    (folder / f"{NAME}.ipynb").chmod(0o444)


@odd(FULL, "was not graded")
def the_solved_one_and_the_first(folder):
    save(solved(), folder)
    shutil.copy(course.release_path(NAME), folder / f"{NAME} (1).ipynb")
