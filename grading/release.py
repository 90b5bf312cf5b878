"""What the release adds to nbgrader's own steps; `nbgrader_config.py` names it."""

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

GOES_ON = "raises-exception"  # JupyterLab, nbclient and nbval run on after such a cell fails


class LetRunAllGoOn(NbGraderPreprocessor):
    """Tag the graded cells so that *Run All Cells* goes on past a check that fails.

    Only the release is tagged: in `solutions/` nbval must see a check that fails.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, cell_index: int
    ) -> tuple[NotebookNode, dict]:
        """Tag one cell, if it is graded."""
        tags = cell.metadata.get("tags", [])
        graded = is_grade(cell) and cell.cell_type == "code"
        if graded and GOES_ON not in tags:  # nbgrader reads its settings more than once
            cell.metadata.tags = [*tags, GOES_ON]
        return cell, resources
