"""What the renderer may draw, and how often: the settings of the training and held-out sets."""

from collections.abc import Mapping
from dataclasses import dataclass

from numpy.random import Generator

BACKGROUNDS = ("studio", "street", "abstract")
Weights = Mapping[str, float]


@dataclass(frozen=True)
class Settings:
    """Choices with their weights; elevation is the camera's angle over the car, in degrees."""

    kinds: Weights
    backgrounds: Weights
    paints: Weights
    studios: Weights
    streets: Weights
    indoor_lights: Weights
    outdoor_lights: Weights
    elevation: tuple[float, float]


TRAIN = Settings(
    kinds={"sedan": .23, "hatchback": .16, "suv": .18, "coupe": .10, "wagon": .10, "boxy": .06,
           "minivan": .06, "pickup": .06, "city": .05},
    backgrounds={"studio": .46, "street": .42, "abstract": .12},
    paints={"black": .20, "white": .19, "silver": .16, "gray": .12, "red": .11, "blue": .11,
            "green": .04, "beige": .03, "yellow": .02, "brown": .02},
    studios={"cyclorama": .25, "rotunda": .45, "backdrop": .15, "showroom": .15},
    streets={"houses": .35, "shops": .25, "trees": .25, "open": .15},
    indoor_lights={"softboxes": .5, "dome": .3, "key": .2},
    outdoor_lights={"overcast": .4, "sun": .4, "haze": .2},
    elevation=(0.5, 19.0),
)

# Nothing of the above is here: other bodies, colours, places, lights and higher viewpoints.
HELD_OUT = Settings(
    kinds={"fastback": .5, "van": .5},
    backgrounds={"studio": .5, "street": .5},
    paints={"purple": .3, "orange": .4, "teal": .3},
    studios={"garage": 1.0},
    streets={"containers": 1.0},
    indoor_lights={"tubes": 1.0},
    outdoor_lights={"dusk": 1.0},
    elevation=(19.5, 30.0),
)


def pick(rng: Generator, weights: Weights) -> str:
    """One of the names, as often as its weight says."""
    total = sum(weights.values())
    point = rng.random() * total
    for name, weight in weights.items():
        point -= weight
        if point < 0:
            return name
    return name
