"""What the release adds to nbgrader's own steps; `nbgrader_config.py` names it."""

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearOutput, NbGraderPreprocessor
from nbgrader.utils import is_grade

KEEP = "keep-output"
GOES_ON = "raises-exception"  # JupyterLab, nbclient and nbval run on after such a cell fails


class LetRunAllGoOn(NbGraderPreprocessor):
    """Tag the graded cells so that *Run All Cells* goes on past a check that fails.

    Only the release is tagged: in `solutions/` nbval must see a check that fails.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        """Tag one cell, if it is graded."""
        tags = cell.metadata.get("tags", [])
        graded = is_grade(cell) and cell.cell_type == "code"
        if graded and GOES_ON not in tags:  # nbgrader reads its settings more than once
            cell.metadata.tags = [*tags, GOES_ON]
        return cell, resources


class ClearOutputsOfAnswers(ClearOutput):
    """Clear the outputs of all cells but those tagged `keep-output`, which wait for no answer.

    So a released notebook shows its figures wherever it is opened, before anything has run.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, cell_index: int
    ) -> tuple[NotebookNode, dict]:
        """Clear one cell, unless it is tagged."""
        if KEEP in cell.metadata.get("tags", []):
            return cell, resources  # with its number: nbval refuses an output without one
        return super().preprocess_cell(cell, resources, cell_index)
