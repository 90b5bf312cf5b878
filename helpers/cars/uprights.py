"""Everything that stands on the ground around cars, by name, drawn once a process.

Rows (house fronts, hedges, trees, walls) stand behind; poles, trunks, fences, people and leaves
stand behind too, or between the camera and the cars. None of it is car.
"""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.random import Generator

from helpers.cars import facades, rows, singles, textures
from helpers.cars.flats import Upright, finished, in_pixels

VARIANTS = 6  # of each kind


MAKERS: dict[str, Callable[[Generator], Upright]] = {
    "houses": lambda rng: finished(facades.facade(rng, in_pixels(14, rng.uniform(5, 9)))),
    "hedge": rows.hedge,
    "low hedge": lambda rng: rows.hedge(rng, high=(0.4, 0.9)),
    "trees": rows.trees,
    "conifers": lambda rng: rows.trees(rng, textures.CONIFER),
    "branches": rows.branches,
    **{
        name: partial(rows.wall, what=name)
        for name in ("brick", "plaster", "planks", "stones", "shutters")
    },
    "fence": rows.fence,
    "rails": lambda rng: rows.fence(rng, upright=False),
    "pole": singles.pole,
    "trunk": singles.trunk,
    "person": singles.person,
    "leaves": singles.leaves,
    "reeds": lambda rng: singles.leaves(rng, textures.DRY),
    "sign": singles.sign,
}


@lru_cache(maxsize=len(MAKERS))
def variants(name: str) -> list[Upright]:
    """All uprights of a kind; the same in every process."""
    rng = np.random.default_rng([11, *name.encode()])
    return [MAKERS[name](rng) for _ in range(VARIANTS)]


def choose(rng: Generator, name: str) -> Upright:
    """One upright of a kind."""
    return variants(name)[rng.integers(VARIANTS)]
