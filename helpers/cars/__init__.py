"""Pictures of cars with exact masks, rendered with NumPy and Pillow from nothing but a seed.

To read along: `blueprints` (the kinds of car), `body` (their surface), `camera`, `raster` (which
face is seen at which pixel), `paint`, `light`, `scenery`, `composite` (a car in its place), `lens`,
and `scene`, which calls them. `settings` says what is drawn how often; `noise` makes textures.

What makes training pictures like photographs: `framing`; `outdoors` with its `ground` and what is
`standing` on it (`uprights`: `rows`, `facades` and `singles`, painted with `textures`);
`reflections` and `decals` on the cars.
"""

from helpers.cars.composite import PARTS
from helpers.cars.scene import Scene, render, render_batch, render_dataset
from helpers.cars.settings import HELD_OUT, SHOWN, SHOWN_HELD_OUT, TRAIN, Settings

__all__ = [
    "HELD_OUT",
    "PARTS",
    "SHOWN",
    "SHOWN_HELD_OUT",
    "TRAIN",
    "Scene",
    "Settings",
    "render",
    "render_batch",
    "render_dataset",
]
