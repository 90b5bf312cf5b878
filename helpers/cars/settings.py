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

TRAIN = replace(
    SHOWN,
    backgrounds={"studio": .23, "street": .69, "abstract": .08},
    numbers={0: .07, 1: .74, 2: .13, 3: .06},
    behind={"none": .08, "houses": .24, "hedge": .16, "trees": .20, "branches": .10, "brick": .07,
            "plaster": .07, "planks": .08},
    things={"none": .3, "pole": .2, "trunk": .2, "person": .15, "leaves": .15},
    in_front={"none": .50, "pole": .11, "trunk": .10, "fence": .09, "hedge": .06, "leaves": .07,
              "person": .07},
    grounds={"none": .08, "asphalt": .42, "gravel": .10, "litter": .14, "grass": .10,
             "slabs": .16},
    textures={"none": .5, "hedge": .08, "trees": .10, "discs": .12, "planks": .08, "gravel": .12},
    reflections=.8, decals=.12, wet=.22, dappled=.18, framing=.85, photometrics=.85, thin=True,
)

# Nothing of the above is here: other bodies, colours, places, lights and higher viewpoints.
SHOWN_HELD_OUT = Settings(
    kinds={"fastback": .5, "van": .5},
    backgrounds={"studio": .5, "street": .5},
    paints={"purple": .3, "orange": .4, "teal": .3},
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
    backgrounds={"studio": .25, "street": .75},
    numbers=TRAIN.numbers,
    behind={"none": .1, "conifers": .3, "stones": .3, "shutters": .3},
    things={"none": .4, "sign": .3, "reeds": .3},
    in_front={"none": .55, "sign": .11, "rails": .17, "reeds": .17},
    grounds={"none": .1, "cobbles": .5, "earth": .4},
    textures={"none": .5, "shards": .5},
    reflections=TRAIN.reflections, decals=TRAIN.decals, wet=TRAIN.wet, dappled=TRAIN.dappled,
    framing=TRAIN.framing, photometrics=TRAIN.photometrics, thin=True,
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
    return name
