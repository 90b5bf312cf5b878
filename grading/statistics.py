"""How hard a test was, and how well it tells strong from weak."""

from collections.abc import Mapping, Sequence

import numpy as np

FEWEST = 10  # students: among fewer a correlation is chance


def difficulty(points: Sequence[float], most: float) -> float:
    """The share of students who have all of a test's points (0 to 1)."""
    return float(np.mean([got >= most for got in points])) if points else 0.0


def discrimination(points: Sequence[float], totals: Sequence[float]) -> float | None:
    """The correlation of a test's points with the points of all other tests (-1 to 1).

    None where one of the two is the same for everybody. Below about 0.2 a test tells little.
    (Corrected item-total correlation, as in classical test theory.)
    """
    own, rest = np.asarray(points, float), np.asarray(totals, float) - np.asarray(points, float)
    if len(own) < 3 or own.std() == 0 or rest.std() == 0:
        return None
    return float(np.corrcoef(own, rest)[0, 1])


def of_cells(marks: Sequence[Mapping[str, float]], most: Mapping[str, float]) -> dict[str, dict]:
    """Both for each graded cell; `marks` holds a student's points by cell.

    Of fewer than `FEWEST` students no correlation is told.
    """
    totals = [sum(own.get(cell, 0.0) for cell in most) for own in marks]
    found = {}
    for cell, top in most.items():
        points = [own.get(cell, 0.0) for own in marks]
        found[cell] = {
            "solved": difficulty(points, top),
            "tells": discrimination(points, totals) if len(marks) >= FEWEST else None,
        }
    return found
