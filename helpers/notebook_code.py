"""Take code out of the course's notebooks, so that the U-Net is written down once.

Notebook 06 gives the U-Net of the README's picture, and with it the IoU of `helpers.evaluate`;
notebook 07 gives `helpers.train` the U-Net, the loss, the step, the evaluation and the
augmentation.
"""

from functools import cache
from pathlib import Path

from helpers.notebook import kind_of

ROOT = Path(__file__).resolve().parent.parent


def solution_cells(name: str) -> list[str]:
    """The setup, given and solution cells of an instructor's notebook.

    Raises:
        FileNotFoundError: this copy of the course has no `solutions/`.
    """
    path = ROOT / "solutions" / name / f"{name}.ipynb"
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}: only the instructor's copy has solutions")
    return cells_of(path, "given", "answer")


def solution_names(name: str) -> dict:
    """What these cells define.

    Raises:
        FileNotFoundError: this copy of the course has no `solutions/`.
    """
    return names_in(solution_cells(name))


def unet_class() -> type:
    """The class `UNet` of notebook 06's given cell.

    Raises:
        FileNotFoundError: the notebook is missing.
    """
    return inference_names()["UNet"]


@cache
def inference_names() -> dict:
    """What notebook 06's setup and given cells define: `UNet` and `iou` among them.

    Raises:
        FileNotFoundError: the notebook is missing.
    """
    name = "06_car_inference"
    paths = [ROOT / folder / name / f"{name}.ipynb" for folder in ("solutions", "notebooks")]
    path = next((p for p in paths if p.is_file()), None)
    if path is None:
        raise FileNotFoundError(f"there is no notebook {name} in {ROOT}")
    return names_in(cells_of(path, "given"))


def cells_of(path: Path, *kinds: str) -> list[str]:
    """The code cells of these kinds: "given", as the setup is, or "answer"."""
    import nbformat

    return [
        cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and kind_of(cell) in kinds
    ]


def names_in(cells: list[str]) -> dict:
    """What cells define."""
    names: dict = {"__name__": "__main__"}
    for source in cells:
        exec(compile(source, "<notebook>", "exec"), names)
    return names
