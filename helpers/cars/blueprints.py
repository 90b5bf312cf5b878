"""The kinds of car, as proportions. Read one as a side view: s = 0 is the rear, s = 1 the front.

Lengths are metres; s is a fraction of the length, z a fraction of the height.
"""

from dataclasses import dataclass, field

Range = tuple[float, float]


@dataclass(frozen=True)
class Blueprint:
    """What all cars of a kind share; `shape.py` draws the rest at random."""

    length: Range
    half_width: Range
    height: Range
    top: tuple[tuple[float, float], ...]  # (s, z): boot or tail, roof, windscreen, bonnet
    windscreen: Range  # s of its upper and its lower edge
    windows: Range  # s of the rear and front ends of the side windows
    pillars: tuple[float, ...]  # s of the posts between the side windows
    doors: tuple[float, ...]  # s of the gaps between doors
    rear_window: Range | None = None  # s of its lower and upper edge; None: it is in the tail
    tail_lean: Range = (0.0, 0.0)  # metres that the roof's end stands before the bumper
    clearance: Range = (0.15, 0.21)
    wheel_radius: Range = (0.30, 0.345)
    axles: tuple[Range, Range] = ((0.17, 0.205), (0.805, 0.84))
    belt: Range = (0.625, 0.675)  # z of the lower edge of the windows
    rugged: float = 0.1  # how often the sills and arches are clad in black plastic
    rails: float = 0.0  # how often there are roof rails
    bed: Range | None = None  # s of a pickup's load bed
    panels: bool = field(default=False)  # a van's blind sides


SEDAN = (
    (0, 0.66),
    (0.04, 0.70),
    (0.15, 0.715),
    (0.285, 0.94),
    (0.39, 0.99),
    (0.48, 1),
    (0.585, 0.96),
    (0.725, 0.675),
    (0.86, 0.63),
    (0.95, 0.57),
    (1, 0.51),
)
COUPE = (
    (0, 0.68),
    (0.04, 0.715),
    (0.10, 0.73),
    (0.31, 0.955),
    (0.42, 1),
    (0.50, 0.99),
    (0.56, 0.95),
    (0.705, 0.675),
    (0.86, 0.61),
    (0.95, 0.54),
    (1, 0.47),
)
HATCHBACK = (
    (0, 0.90),
    (0.08, 0.945),
    (0.22, 0.98),
    (0.38, 1),
    (0.50, 0.995),
    (0.575, 0.95),
    (0.755, 0.67),
    (0.88, 0.61),
    (0.96, 0.54),
    (1, 0.49),
)
WAGON = (
    (0, 0.92),
    (0.06, 0.95),
    (0.2, 0.98),
    (0.36, 1),
    (0.48, 0.995),
    (0.59, 0.95),
    (0.73, 0.675),
    (0.86, 0.63),
    (0.95, 0.57),
    (1, 0.51),
)
SUV = (
    (0, 0.93),
    (0.05, 0.955),
    (0.2, 0.985),
    (0.38, 1),
    (0.5, 0.99),
    (0.595, 0.955),
    (0.725, 0.69),
    (0.87, 0.655),
    (0.955, 0.60),
    (1, 0.55),
)
BOXY = (
    (0, 0.96),
    (0.03, 0.975),
    (0.2, 0.99),
    (0.4, 1),
    (0.55, 0.995),
    (0.645, 0.965),
    (0.73, 0.69),
    (0.88, 0.665),
    (0.97, 0.63),
    (1, 0.59),
)
MINIVAN = (
    (0, 0.92),
    (0.05, 0.955),
    (0.25, 0.99),
    (0.42, 1),
    (0.55, 0.985),
    (0.64, 0.94),
    (0.83, 0.64),
    (0.91, 0.57),
    (0.97, 0.50),
    (1, 0.46),
)
PICKUP = (
    (0, 0.60),
    (0.03, 0.615),
    (0.345, 0.615),
    (0.365, 0.90),
    (0.40, 0.97),
    (0.47, 1),
    (0.53, 0.995),
    (0.595, 0.955),
    (0.70, 0.68),
    (0.86, 0.66),
    (0.965, 0.61),
    (1, 0.55),
)
CITY = (
    (0, 0.92),
    (0.08, 0.955),
    (0.25, 0.99),
    (0.40, 1),
    (0.52, 0.985),
    (0.60, 0.94),
    (0.79, 0.65),
    (0.90, 0.59),
    (0.97, 0.52),
    (1, 0.48),
)
FASTBACK = (
    (0, 0.69),
    (0.03, 0.72),
    (0.07, 0.735),
    (0.20, 0.86),
    (0.34, 0.96),
    (0.45, 1),
    (0.52, 0.99),
    (0.585, 0.95),
    (0.725, 0.67),
    (0.86, 0.62),
    (0.95, 0.56),
    (1, 0.50),
)
VAN = (
    (0, 0.965),
    (0.03, 0.975),
    (0.25, 0.995),
    (0.5, 1),
    (0.66, 0.985),
    (0.735, 0.94),
    (0.865, 0.60),
    (0.93, 0.54),
    (0.97, 0.49),
    (1, 0.45),
)

KINDS: dict[str, Blueprint] = {
    "sedan": Blueprint(
        (4.4, 5.1),
        (0.88, 0.96),
        (1.40, 1.51),
        SEDAN,
        (0.585, 0.725),
        (0.17, 0.68),
        (0.47,),
        (0.30, 0.475, 0.685),
        rear_window=(0.15, 0.285),
    ),
    "coupe": Blueprint(
        (4.1, 4.7),
        (0.88, 0.97),
        (1.24, 1.40),
        COUPE,
        (0.56, 0.705),
        (0.15, 0.66),
        (0.36,),
        (0.37, 0.68),
        rear_window=(0.10, 0.30),
        clearance=(0.12, 0.17),
    ),
    "hatchback": Blueprint(
        (3.8, 4.4),
        (0.86, 0.92),
        (1.42, 1.55),
        HATCHBACK,
        (0.575, 0.755),
        (0.09, 0.71),
        (0.43,),
        (0.27, 0.435, 0.70),
        tail_lean=(0.30, 0.50),
    ),
    "wagon": Blueprint(
        (4.5, 5.0),
        (0.88, 0.95),
        (1.42, 1.54),
        WAGON,
        (0.59, 0.73),
        (0.06, 0.69),
        (0.29, 0.475),
        (0.31, 0.48, 0.69),
        tail_lean=(0.25, 0.48),
        rails=0.6,
        rugged=0.2,
    ),
    "suv": Blueprint(
        (4.2, 5.0),
        (0.90, 1.02),
        (1.60, 1.85),
        SUV,
        (0.595, 0.725),
        (0.07, 0.69),
        (0.26, 0.465),
        (0.29, 0.47, 0.69),
        tail_lean=(0.15, 0.38),
        clearance=(0.20, 0.28),
        wheel_radius=(0.35, 0.41),
        rugged=0.5,
        rails=0.5,
    ),
    "boxy": Blueprint(
        (3.9, 4.7),
        (0.86, 0.97),
        (1.62, 1.90),
        BOXY,
        (0.645, 0.73),
        (0.05, 0.69),
        (0.27, 0.49),
        (0.29, 0.50, 0.70),
        tail_lean=(0.02, 0.12),
        clearance=(0.18, 0.28),
        wheel_radius=(0.33, 0.40),
        rugged=0.4,
        rails=0.3,
    ),
    "minivan": Blueprint(
        (4.5, 5.2),
        (0.91, 1.01),
        (1.68, 1.90),
        MINIVAN,
        (0.64, 0.83),
        (0.05, 0.77),
        (0.28, 0.52),
        (0.30, 0.53, 0.75),
        tail_lean=(0.10, 0.30),
        belt=(0.58, 0.63),
        axles=((0.18, 0.21), (0.80, 0.83)),
        rails=0.2,
    ),
    "pickup": Blueprint(
        (5.0, 5.7),
        (0.94, 1.03),
        (1.70, 1.92),
        PICKUP,
        (0.595, 0.70),
        (0.385, 0.67),
        (0.53,),
        (0.395, 0.535, 0.675),
        rear_window=(0.35, 0.366),
        clearance=(0.24, 0.32),
        wheel_radius=(0.36, 0.42),
        belt=(0.615, 0.65),
        rugged=0.5,
        bed=(0.03, 0.345),
    ),
    "city": Blueprint(
        (3.2, 3.8),
        (0.78, 0.86),
        (1.44, 1.58),
        CITY,
        (0.60, 0.79),
        (0.09, 0.74),
        (0.42,),
        (0.40, 0.73),
        tail_lean=(0.12, 0.32),
        belt=(0.60, 0.66),
        wheel_radius=(0.275, 0.31),
        axles=((0.14, 0.17), (0.825, 0.86)),
    ),
    "fastback": Blueprint(
        (4.5, 5.0),
        (0.89, 0.97),
        (1.38, 1.47),
        FASTBACK,
        (0.585, 0.725),
        (0.12, 0.68),
        (0.46,),
        (0.29, 0.465, 0.685),
        rear_window=(0.08, 0.33),
    ),
    "van": Blueprint(
        (4.6, 5.6),
        (0.92, 1.03),
        (1.85, 2.15),
        VAN,
        (0.735, 0.865),
        (0.55, 0.81),
        (0.62,),
        (0.30, 0.60, 0.79),
        tail_lean=(0.02, 0.12),
        belt=(0.55, 0.60),
        axles=((0.18, 0.21), (0.80, 0.83)),
        panels=True,
        rugged=0.4,
    ),
}
