"""Store in the instructor's notebooks the outputs that nbval compares, and no others.

`python -m helpers.grading.outputs NOTEBOOK ...` runs each notebook and keeps the outputs of the
cells tagged `nbval-check-output`. Nothing is written unless the whole notebook ran.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

TAG = "nbval-check-output"


def refresh(path: Path) -> None:
    """Run the notebook at `path`; store the tagged cells' outputs and clear the others'.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; the file is left as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=120, resources=resources).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code" and TAG not in cell.metadata.get("tags", []):
            cell.outputs, cell.execution_count = [], None
        elif cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.pop("widgets", None)  # the state of a slider is nobody's answer
    nbformat.write(notebook, path)


def joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The outputs with neighbouring texts as one: where a kernel cuts them is chance."""
    result: list[nbformat.NotebookNode] = []
    for output in outputs:
        if result and output.output_type == "stream" == result[-1].output_type and (
                output.name == result[-1].name):
            result[-1].text += output.text
        else:
            result.append(output)
    return result


if __name__ == "__main__":
    for name in tqdm(sys.argv[1:], desc="running", unit="notebook"):
        refresh(Path(name))
