"""What the renderer may draw, and how often: the settings of the shown, training and held-out sets.

`SHOWN` draws clean teaching pictures: one whole car and nothing in front of it. `TRAIN` adds what
real photographs have; set a part of it to `NOTHING` (or to 0.0) to train without it, as in
`dataclasses.replace(TRAIN, in_front=NOTHING)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from numpy.random import Generator

BACKGROUNDS = ("studio", "street", "abstract")
Weights = Mapping[str, float]
Name = TypeVar("Name", str, int)
NOTHING: Weights = {"none": 1.0}


@dataclass(frozen=True)
class Settings:
    """Choices with their weights; elevation is the camera's angle over the car, in degrees.

    The parts from `numbers` on are the variety of real photographs. Those that are one number say
    in which share of the pictures (for `decals`: of the cars) they are.
    """

    kinds: Weights
    backgrounds: Weights
    paints: Weights
    studios: Weights
    streets: Weights
    indoor_lights: Weights
    outdoor_lights: Weights
    elevation: tuple[float, float]
    numbers: Mapping[int, float] = field(default_factory={1: 1.0}.copy)  # of cars in a picture
    behind: Weights = field(default_factory=NOTHING.copy)  # rows that stand along the street
    things: Weights = field(default_factory=NOTHING.copy)  # that stand before those rows
    in_front: Weights = field(default_factory=NOTHING.copy)  # between the camera and the cars
    grounds: Weights = field(default_factory=NOTHING.copy)  # textures of the ground outdoors
    textures: Weights = field(default_factory=NOTHING.copy)  # in abstract places and studios
    reflections: float = 0.0  # paint and glass that mirror trees, houses and the sky
    decals: float = 0.0  # lettering and stripes on a car
    wet: float = 0.0  # ground that mirrors
    dappled: float = 0.0  # the shade of leaves on everything
    framing: float = 0.0  # cars 10 to 110 % of the picture's width, some cut by its edge
    photometrics: float = 0.0  # blur, sharpening, colours and faults of all kinds of camera
    thin: bool = False  # shade every second sample only: faster, hardly visible
    zoom: float = 1.0  # of the camera: below 1 the cars are smaller


SHOWN = Settings(
    kinds={
        "sedan": 0.23,
        "hatchback": 0.16,
        "suv": 0.18,
        "coupe": 0.10,
        "wagon": 0.10,
        "boxy": 0.06,
        "minivan": 0.06,
        "pickup": 0.06,
        "city": 0.05,
    },
    backgrounds={"studio": 0.46, "street": 0.42, "abstract": 0.12},
    paints={
        "black": 0.20,
        "white": 0.19,
        "silver": 0.16,
        "gray": 0.12,
        "red": 0.11,
        "blue": 0.11,
        "green": 0.04,
        "beige": 0.03,
        "yellow": 0.02,
        "brown": 0.02,
    },
    studios={"cyclorama": 0.25, "rotunda": 0.45, "backdrop": 0.15, "showroom": 0.15},
    streets={"houses": 0.35, "shops": 0.25, "trees": 0.25, "open": 0.15},
    indoor_lights={"softboxes": 0.5, "dome": 0.3, "key": 0.2},
    outdoor_lights={"overcast": 0.4, "sun": 0.4, "haze": 0.2},
    elevation=(0.5, 19.0),
)

TRAIN = replace(
    SHOWN,
    backgrounds={"studio": 0.23, "street": 0.69, "abstract": 0.08},
    numbers={0: 0.07, 1: 0.74, 2: 0.13, 3: 0.06},
    behind={
        "none": 0.08,
        "houses": 0.24,
        "hedge": 0.16,
        "trees": 0.20,
        "branches": 0.10,
        "brick": 0.07,
        "plaster": 0.07,
        "planks": 0.08,
    },
    things={"none": 0.3, "pole": 0.2, "trunk": 0.2, "person": 0.15, "leaves": 0.15},
    in_front={
        "none": 0.50,
        "pole": 0.11,
        "trunk": 0.10,
        "fence": 0.09,
        "hedge": 0.06,
        "leaves": 0.07,
        "person": 0.07,
    },
    grounds={
        "none": 0.08,
        "asphalt": 0.42,
        "gravel": 0.10,
        "litter": 0.14,
        "grass": 0.10,
        "slabs": 0.16,
    },
    textures={
        "none": 0.5,
        "hedge": 0.08,
        "trees": 0.10,
        "discs": 0.12,
        "planks": 0.08,
        "gravel": 0.12,
    },
    reflections=0.8,
    decals=0.12,
    wet=0.22,
    dappled=0.18,
    framing=0.85,
    photometrics=0.85,
    thin=True,
)

# Nothing of the above is here: other bodies, colours, places, lights and higher viewpoints.
SHOWN_HELD_OUT = Settings(
    kinds={"fastback": 0.5, "van": 0.5},
    backgrounds={"studio": 0.5, "street": 0.5},
    paints={"purple": 0.3, "orange": 0.4, "teal": 0.3},
    studios={"garage": 1.0},
    streets={"containers": 1.0},
    indoor_lights={"tubes": 1.0},
    outdoor_lights={"dusk": 1.0},
    elevation=(19.5, 30.0),
)

# As varied as TRAIN, and still nothing of it: what stands behind and in front, the ground and the
# textures are other ones too. Before `TRAIN` was varied, HELD_OUT was what is SHOWN_HELD_OUT
# now: figures measured then, on clean pictures of one whole car, do not compare with new ones.
HELD_OUT = replace(
    SHOWN_HELD_OUT,
    backgrounds={"studio": 0.25, "street": 0.75},
    numbers=TRAIN.numbers,
    behind={"none": 0.1, "conifers": 0.3, "stones": 0.3, "shutters": 0.3},
    things={"none": 0.4, "sign": 0.3, "reeds": 0.3},
    in_front={"none": 0.55, "sign": 0.11, "rails": 0.17, "reeds": 0.17},
    grounds={"none": 0.1, "cobbles": 0.5, "earth": 0.4},
    textures={"none": 0.5, "shards": 0.5},
    reflections=TRAIN.reflections,
    decals=TRAIN.decals,
    wet=TRAIN.wet,
    dappled=TRAIN.dappled,
    framing=TRAIN.framing,
    photometrics=TRAIN.photometrics,
    thin=True,
)


def without_none(weights: Weights) -> Weights:
    """The same weights of all that is something."""
    return {name: weight for name, weight in weights.items() if name != "none"}


def pick(rng: Generator, weights: Mapping[Name, float]) -> Name:
    """One of the names, as often as its weight says."""
    total = sum(weights.values())
    point = rng.random() * total
    for name, weight in weights.items():
        point -= weight
        if point < 0:
            return name
    return list(weights)[-1]
