"""Store in the instructor's notebooks the outputs that nbval compares, and no others.

`python -m grading.outputs NOTEBOOK ...` runs each notebook and keeps the outputs of the
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
    client = NotebookClient(notebook, timeout=120, resources=resources,
                            coalesce_streams=True)  # where a kernel cuts texts is chance
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code" and TAG not in cell.metadata.get("tags", []):
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.pop("widgets", None)  # the state of a slider is nobody's answer
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for name in tqdm(sys.argv[1:], desc="running", unit="notebook"):
        refresh(Path(name))
