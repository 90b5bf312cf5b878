"""Light: what a car's surface reflects, what shines through its windows, and its shadows."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from helpers.cars import noise
from helpers.cars.body import Body
from helpers.cars.camera import Camera
from helpers.cars.paint import Material
from helpers.cars.raster import Surface, dot
from helpers.cars.reflections import Mirror, seen

# strength of the sun or key lamp, of the sky, of the ground's glow; warmth; boxes of light
LIGHTS = {
    "softboxes": ((0.1, 0.4), (0.7, 1.1), (0.15, 0.45), (-0.03, 0.03), True),
    "dome": ((0.0, 0.2), (0.8, 1.2), (0.2, 0.5), (-0.03, 0.03), False),
    "key": ((0.4, 0.9), (0.4, 0.8), (0.1, 0.3), (-0.02, 0.08), True),
    "tubes": ((0.0, 0.2), (0.6, 0.9), (0.1, 0.3), (-0.06, 0.0), True),
    "overcast": ((0.0, 0.2), (0.8, 1.1), (0.15, 0.4), (-0.06, 0.02), False),
    "sun": ((0.6, 1.1), (0.5, 0.8), (0.15, 0.4), (-0.02, 0.08), False),
    "haze": ((0.2, 0.5), (0.7, 1.0), (0.2, 0.45), (-0.02, 0.05), False),
    "dusk": ((0.2, 0.5), (0.35, 0.55), (0.05, 0.2), (0.05, 0.15), False),
}


@dataclass(frozen=True)
class Light:
    """One scene's light; `toward` points at the sun or key lamp, world axes."""

    toward: np.ndarray
    sun: float
    sky: float
    ground: float
    warmth: float
    boxes: float | None  # where the light boxes stand, radians; None without


def draw_light(rng: Generator, name: str) -> Light:
    """A random light of a kind."""
    sun, sky, ground, warmth, boxes = LIGHTS[name]
    turn = rng.uniform(0, 2 * np.pi)
    toward = np.array([0.6 * np.cos(turn), 0.6 * np.sin(turn), rng.uniform(0.5, 1.3)], np.float32)
    return Light(
        toward / np.linalg.norm(toward),
        rng.uniform(*sun),
        rng.uniform(*sky),
        rng.uniform(*ground),
        rng.uniform(*warmth),
        rng.uniform(0, 2 * np.pi) if boxes else None,
    )


def shade(
    rng: Generator,
    surface: Surface,
    material: Material,
    light: Light,
    height: float,
    yaw: float,
    around: Mirror | None = None,
) -> np.ndarray:
    """The colour of each pixel: diffuse light, mirrored surroundings, a highlight, lamps.

    Without `around`, the surroundings are a gray sky, a horizon and light boxes.

    Shape: (P, 3) float32, about [0, 1]
    """
    normal, ray = surface.normal, surface.ray
    toward = turned(light.toward, -yaw)
    up = normal[:, 2].clip(-1, 1)
    lit = (normal @ toward).clip(0, 1)
    diffuse = (0.45 + 0.55 * up) * light.sky + (1 - up) * 0.25 * light.ground + lit * light.sun
    diffuse *= (0.55 + 0.45 * surface.point[:, 2] / (0.55 * height)).clip(0.5, 1)
    along = dot(ray, normal)
    mirrored = ray - 2 * along[:, None] * normal
    facing = (-along).clip(0, 1)
    fresnel = 0.04 + 0.96 * (1 - facing) ** 5
    share = np.where(material.glass, 0.10 + 0.9 * fresnel, 0.03 + 0.85 * fresnel * material.gloss)
    share = share + rng.uniform(0, 0.20) * material.gloss * ~material.glass
    spark = (mirrored @ toward).clip(0, 1) ** rng.uniform(30, 150)
    spark = spark * material.gloss * (0.2 + light.sun) * rng.uniform(0.2, 1)
    colour = material.albedo * (diffuse * (1 - share))[:, None]
    dull = surroundings(rng, mirrored, light)
    if around is None:
        colour += (share * dull)[:, None]
    else:
        clear = np.where(material.glass, around.glass, around.coat * material.gloss)
        low = (surface.point[:, 2] / 0.4).clip(0, 1)  # under the sills is the car's own shadow
        shiny = (low * (share + clear)).clip(0, 1)[:, None]
        colour += shiny * light.sky * seen(around, mirrored, surface.point)
    tint = np.array([1 + light.warmth, 1, 1 - light.warmth], np.float32)
    return ((colour + (spark + material.glow)[:, None]) * tint).astype(np.float32)


def surroundings(rng: Generator, direction: np.ndarray, light: Light) -> np.ndarray:
    """Brightness of what a mirror would see: sky, horizon, ground, and boxes of light."""
    rise = direction[:, 2]
    around = np.arctan2(direction[:, 1], direction[:, 0])
    horizon = rng.uniform(0.1, 0.6)
    sky = horizon + (light.sky - horizon) * rise.clip(0, 1) ** 0.6
    seen = np.where(rise > 0.02, sky, light.ground * (0.6 + 0.4 * (rise + 1).clip(0, 1)))
    layer, shift = rng.integers(0, 6), rng.uniform(0, noise.SIZE, 2)
    things = noise.lookup(layer, 40 * around + shift[0], 60 * rise + shift[1])
    seen = (seen + rng.uniform(0, 0.25) * things * np.exp(-3 * np.abs(rise))).clip(0, None)
    if light.boxes is not None:
        box = np.abs(np.sin((around - light.boxes) / 2)) < 0.25
        seen = seen + 1.2 * (box & (np.abs(rise - rng.uniform(0.35, 0.8)) < 0.13))
    return seen


def see_through(
    rng: Generator, colour: np.ndarray, glass: np.ndarray, behind: np.ndarray
) -> np.ndarray:
    """Let some of what is behind the car shine through its windows.

    Shape: colour, behind (P, 3), glass (P,) bool -> (P, 3)
    """
    share = rng.uniform(-0.3, 0.55) * glass[:, None]  # in a third of all cars nothing is seen
    return colour + share.clip(0) * behind


def contact_shadow(rng: Generator, x: np.ndarray, y: np.ndarray, half: tuple[float, float]):
    """How much light reaches the ground close to a car, 0 to 1.

    Shape: x, y (H, W) metres in the car's coordinates -> (H, W)
    """
    dx, dy = np.maximum(np.abs(x) - half[0], 0), np.maximum(np.abs(y) - half[1], 0)
    soft = rng.uniform(0.08, 0.4)
    return 1 - rng.uniform(0.5, 0.95) * np.exp(-(dx * dx + dy * dy) / (soft * soft))


def cast_shadow(
    rng: Generator,
    body: Body,
    light: Light,
    offset: np.ndarray,
    yaw: float,
    camera: Camera,
    size: tuple[int, int],
) -> np.ndarray:
    """How much light passes a car that stands in the sun or a key lamp, 0 to 1.

    The shadow's outline is that of the body and that of the cabin, each taken as convex.

    Shape: (H, W)
    """
    height, width = size
    canvas = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(canvas)
    corners = turned(body.corners, yaw) + np.array([*offset, 0], np.float32)
    flat = corners - light.toward * (corners[:, 2:] / max(light.toward[2], 0.3))
    high = corners[:, 2] > body.belt.mean()
    around = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    directions = np.stack([np.cos(around), np.sin(around), 0 * around])
    for part in (flat[high], flat[~high]):
        outline = part[(part @ directions).argmax(axis=0)]  # the farthest corner each way
        pixels, depth = camera.project(outline)
        if depth.min() > 0.3:
            pen.polygon([tuple(p) for p in pixels.tolist()], fill=255)
    soft = rng.uniform(0.3, 5) * height / 128
    dark = np.asarray(canvas.filter(ImageFilter.GaussianBlur(soft)), np.float32) / 255
    return 1 - min(0.8, rng.uniform(0.5, 0.9) * light.sun) * dark


def turned(vector: np.ndarray, angle: float) -> np.ndarray:
    """A vector turned around the vertical axis by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    x, y = vector[..., 0], vector[..., 1]
    return np.stack([c * x - s * y, s * x + c * y, vector[..., 2]], axis=-1).astype(np.float32)
