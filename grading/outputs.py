"""Store in the instructor's notebooks the outputs that nbval compares or the release keeps.

`python -m grading.outputs NOTEBOOK ...` runs each notebook and keeps the outputs of the cells
tagged `nbval-check-output` or `keep-output`, and no others. Pictures are stored with 256 colours.
Nothing is written unless the whole notebook ran.
"""

import base64
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

from grading.release import KEEP
from helpers.show import smaller

CHECKED = "nbval-check-output"
PICTURE = r'(?<=data:image/png;base64,)[^"]+'


def refresh(path: Path) -> None:
    """Run the notebook at `path`; store the tagged cells' outputs and clear the others'.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; the file is left as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook, timeout=120, resources=resources, coalesce_streams=True
    )  # where a kernel cuts texts is chance
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        if {CHECKED, KEEP} & set(cell.metadata.get("tags", [])):
            for output in cell.outputs:
                shrink(output)
        else:
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.pop("widgets", None)  # the state of a slider is nobody's answer
    nbformat.write(notebook, path)


def shrink(output: nbformat.NotebookNode) -> None:
    """Give the pictures in an output 256 colours: a third as large, and hardly to be told apart."""
    data = output.get("data", {})
    if "text/html" in data:
        data["text/html"] = re.sub(
            PICTURE,
            lambda found: base64.b64encode(smaller(base64.b64decode(found[0]))).decode(),
            data["text/html"],
        )


if __name__ == "__main__":
    for name in tqdm(sys.argv[1:], desc="running", unit="notebook"):
        refresh(Path(name))
