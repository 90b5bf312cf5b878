"""The README's picture and the page of the course's figures, taken from the notebooks.

`make figures` runs the solved notebooks and writes both into `helpers/assets`.
"""

import base64
import html
import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

from helpers.data import ASSETS
from helpers.manifest import load
from helpers.notebook_code import ROOT
from helpers.show import smaller

IMAGE = r'<img class="course" alt="([^"]*)" src="data:image/png;base64,([^"]*)"'  # show.as_html
FIGURES = ASSETS / "figures"
README = ("06_car_inference", "cut-out")
CHOSEN = {  # the cells whose first figures, or which of them, are on the page, in order
    "01_semantic_segmentation": ("opening-figure", "see-iou"),
    "02_transposed_convolution": ("opening-figure", "slide-window"),
    "03_conv_block": ("corner-figure", "see-block-car", "measure-figure"),
    "04_unet_init": ("see-car",),
    "05_unet_forward": ("see-levels", "see-layers 5", "cut-skips"),
    "06_car_inference": ("cut-out", "thresholds 4", "fail"),
    "07_training": ("see-augment", "run", "see-strip"),
    "08_your_own_data": ("opening-figure", "see-scan", "tune"),
}


def run(name: str) -> nbformat.NotebookNode:
    """A solved notebook with its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    path = ROOT / "solutions" / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    return NotebookClient(notebook, timeout=300, resources=resources).execute()


def figures_of(notebook: nbformat.NotebookNode, cell_id: str) -> list[tuple[bytes, str]]:
    """The pictures that a cell has shown, each with its text alternative.

    Raises:
        ValueError: the cell has shown none, or there is no such cell.
    """
    pages = [
        output.get("data", {}).get("text/html", "")
        for cell in notebook.cells
        if cell.id == cell_id
        for output in cell.outputs
    ]
    found = [
        (base64.b64decode(data), html.unescape(alt))
        for page in pages
        for alt, data in re.findall(IMAGE, page)
    ]
    if not found:
        raise ValueError(f"no cell {cell_id} has shown a figure")
    return found


def write(notebooks: dict[str, nbformat.NotebookNode], folder: Path) -> str:
    """Write the chosen figures into `folder`; the page that shows them, as Markdown."""
    lines = [
        "# The course in figures",
        "",
        "Every figure is drawn by a cell of a notebook; `make figures` takes them from there.",
    ]
    for name, cells in CHOSEN.items():
        lines += ["", f"## {load()[name].title}"]
        for cell in cells:
            cell_id, _, which = cell.partition(" ")
            png, alt = figures_of(notebooks[name], cell_id)[int(which or 1) - 1]
            file = f"{name[:2]}-{cell_id}.png"
            (folder / file).write_bytes(smaller(png))
            lines += ["", f"![{alt}]({file})"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the notebooks and write the README's picture and the page."""
    notebooks = {name: run(name) for name in tqdm(CHOSEN, desc="running", unit="notebook")}
    FIGURES.mkdir(exist_ok=True)
    for old in FIGURES.glob("*.png"):
        old.unlink()
    (FIGURES / "README.md").write_text(write(notebooks, FIGURES))
    (ASSETS / "readme.png").write_bytes(smaller(figures_of(notebooks[README[0]], README[1])[0][0]))


if __name__ == "__main__":
    main()
