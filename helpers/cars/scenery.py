"""What stands around the cars: photo studios, streets, and abstract clutter. None of it is car."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont

from helpers.cars import noise
from helpers.cars.camera import Camera
from helpers.cars.paint import byte, hsv

LETTERS = list("ABCDEFGHKLMNOPRSTUVXYZ0123456789")


@dataclass(frozen=True)
class Backdrop:
    """A picture of an empty place, where each pixel meets the ground, and how the floor gleams.

    Shape: image (H, W, 3) float32; x, y (H, W) metres; ground (H, W) bool; gleam: the share of
    light that the floor mirrors, 0 to 1
    """

    image: np.ndarray
    x: np.ndarray
    y: np.ndarray
    ground: np.ndarray
    gleam: float


def build(
    rng: Generator, place: str, style: str, camera: Camera, size: tuple[int, int]
) -> Backdrop:
    """An empty studio, street or abstract place of the given style."""
    x, y, down, ground = meet_ground(camera, size)
    draw = {"studio": studio, "street": street, "abstract": abstract}[place]
    image = draw(rng, style, x, y, down, size)
    polished = place == "studio" and rng.random() < 0.35
    gleam = rng.uniform(0.08, 0.45) if polished else 0.0
    return Backdrop(image.astype(np.float32), x, y, ground, gleam)


def meet_ground(camera: Camera, size: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """Where each pixel's ray meets the ground: x, y in metres, its slope, and whether it does."""
    rays = camera.picture_rays(*size)
    down = rays[..., 2]
    reach = -camera.position[2] / np.minimum(down, -1e-3)
    x = camera.position[0] + rays[..., 0] * reach
    y = camera.position[1] + rays[..., 1] * reach
    return x, y, down, (down < -1e-3) & (reach < 400)


def gray(rng: Generator, low: float, high: float, tint: float = 0.06) -> np.ndarray:
    """A nearly neutral colour."""
    return hsv(rng.random(), rng.uniform(0, tint), rng.uniform(low, high))


STUDIOS = {  # wall brightness, tint, how often lettering and a turntable
    "cyclorama": ((0.6, 1.0), 0.06, 0.5, 0.4),
    "rotunda": ((0.55, 1.0), 0.05, 0.85, 0.9),
    "backdrop": ((0.3, 0.9), 0.6, 0.3, 0.2),
    "showroom": ((0.08, 0.5), 0.2, 0.6, 0.4),
    "garage": ((0.2, 0.45), 0.12, 0.4, 0.1),
}


def studio(rng, style, x, y, down, size) -> np.ndarray:
    """A wall that curves into the floor, with lettering, a turntable and a soft gradient."""
    brightness, tint, lettered, turning = STUDIOS[style]
    wall = gray(rng, *brightness, tint)
    floor = wall * rng.uniform(0.55, 1.15) * (1 + rng.normal(0, 0.03, 3))
    distance = np.hypot(x, y)
    rise = np.linspace(-0.5, 0.5, size[0], dtype=np.float32)[:, None, None]
    image = np.broadcast_to(wall, (*size, 3)) * (1 - rng.uniform(-0.25, 0.3) * rise)
    if rng.random() < lettered:
        image = letter(rng, image, size)
    if style in ("showroom", "garage"):
        image = panels(rng, image, size)
    edge = rng.uniform(3.2, 8)
    blend = 1 / (1 + np.exp(((distance - edge) * rng.uniform(2, 30)).clip(-30, 30)))
    blend = np.where(down < -1e-3, blend, 0)[..., None]
    lit = floor * (1 - rng.uniform(0, 0.06) * distance[..., None].clip(0, 12)).clip(0.25, 1)
    if rng.random() < turning:
        ring = rng.uniform(2.3, 3.4)
        line = np.exp(-(((distance - ring) / rng.uniform(0.02, 0.06)) ** 2)) * rng.uniform(0.1, 0.6)
        lit = lit * (1 - line)[..., None]
        lit = lit * np.where(distance < ring, rng.uniform(0.85, 1.1), 1)[..., None]
    image = image * (1 - blend) + lit * blend
    return image * (1 + noise.window(rng, *size)[..., None] * rng.uniform(0.002, 0.015))


def letter(rng: Generator, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bold lettering and bars on the wall, dark on light or light on dark."""
    height, width = size
    layer = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(layer)
    for _ in range(rng.integers(1, 4)):
        text = "".join(rng.choice(LETTERS, rng.integers(3, 10)))
        tall = max(8, int(height * rng.uniform(0.08, 0.40)))
        at = (rng.uniform(-0.2, 0.8) * width, rng.uniform(-0.05, 0.4) * height)
        pen.text(
            at,
            text,
            fill=255,
            font=ImageFont.load_default(tall),
            stroke_width=int(rng.integers(0, 1 + tall // 10)),
        )
    if rng.random() < 0.3:
        top = rng.uniform(0, 0.5) * height
        pen.rectangle((0, top, width, top + rng.uniform(0.01, 0.08) * height), fill=255)
    ink = gray(rng, 0.02, 0.25, 0.9) if rng.random() < 0.8 else gray(rng, 0.7, 1, 0.5)
    share = np.asarray(layer, np.float32)[..., None] / 255 * rng.uniform(0.6, 1)
    return image * (1 - share) + ink * share


def panels(rng: Generator, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Upright panels, doors and lamps of a hall."""
    height, width = size
    canvas = to_image(image)
    pen = ImageDraw.Draw(canvas)
    for _ in range(rng.integers(2, 10)):
        left, wide = rng.uniform(-0.1, 1) * width, rng.uniform(0.02, 0.25) * width
        top, tall = rng.uniform(-0.1, 0.3) * height, rng.uniform(0.1, 0.6) * height
        pen.rectangle((left, top, left + wide, top + tall), fill=byte(gray(rng, 0.05, 0.9, 0.4)))
    return np.asarray(canvas, np.float32) / 255


def street(rng, style, x, y, down, size) -> np.ndarray:
    """Sky, what stands along the street, and the road."""
    height, width = size
    horizon = int(np.argmax(down[:, width // 2] < 0)) if (down < 0).any() else height
    canvas = to_image(sky(rng, style, size))
    pen = ImageDraw.Draw(canvas)
    rows = {
        "houses": (house, 6),
        "shops": (house, 9),
        "trees": (tree, 14),
        "open": (tree, 4),
        "containers": (container, 8),
    }
    draw, count = rows[style]
    for _ in range(rng.integers(2, count + 1)):
        draw(rng, pen, horizon, size)
    for _ in range(rng.integers(0, 4)):
        tree(rng, pen, horizon, size)
    for _ in range(rng.integers(0, 6)):
        thing(rng, pen, horizon, size)
    image = np.asarray(canvas, np.float32) / 255
    image = image * (1 + rng.uniform(0, 0.05) * noise.window(rng, *size)[..., None])
    return np.where((down < -0.004)[..., None], road(rng, x, y, size), image)


def sky(rng: Generator, style: str, size: tuple[int, int]) -> np.ndarray:
    """A gradient with clouds."""
    top = hsv(rng.normal(0.58, 0.03), rng.uniform(0, 0.5), rng.uniform(0.5, 1))
    fade = np.linspace(0, 1, size[0], dtype=np.float32)[:, None, None]
    image = top * (1 - fade) + (0.4 * top + 0.55) * fade
    clouds = noise.window(rng, *size, 0, 3)[..., None]
    return image + rng.uniform(0, 0.07) * clouds


def house(rng, pen, horizon, size) -> None:
    """A front of muted colour with a grid of windows, a roof or a shop window."""
    height, width = size
    left, wide = rng.uniform(-0.3, 1) * width, rng.uniform(0.15, 0.6) * width
    top = horizon - rng.uniform(0.1, 0.7) * height
    wall = hsv(
        rng.choice([0.05, 0.08, 0.10, 0.6]) + rng.normal(0, 0.02),
        rng.uniform(0.02, 0.45),
        rng.uniform(0.25, 0.85),
    )
    pen.rectangle((left, top, left + wide, horizon + 4), fill=byte(wall))
    if rng.random() < 0.4:
        pen.polygon(
            [
                (left - 4, top),
                (left + wide + 4, top),
                (left + wide / 2, top - rng.uniform(0.05, 0.2) * height),
            ],
            fill=byte(hsv(0.03, rng.uniform(0.1, 0.5), rng.uniform(0.15, 0.45))),
        )
    pane, frame = byte(wall * rng.uniform(0.2, 0.6)), byte(np.minimum(wall * 1.3, 1))
    across, floors = rng.integers(2, 7), rng.integers(1, 5)
    step, storey = wide / across, (horizon - top) / floors
    for i in range(across):
        for k in range(floors):
            a = left + step * (i + 0.25)
            b = top + storey * (k + 0.22)
            pen.rectangle((a - 1, b - 1, a + 0.5 * step + 1, b + 0.55 * storey + 1), fill=frame)
            pen.rectangle((a, b, a + 0.5 * step, b + 0.55 * storey), fill=pane)


def tree(rng, pen, horizon, size) -> None:
    """A trunk and a crown of overlapping leaves."""
    height, width = size
    at, tall = rng.uniform(-0.05, 1.05) * width, rng.uniform(0.12, 0.6) * height
    trunk = max(1, 0.05 * tall)
    pen.rectangle(
        (at - trunk / 2, horizon - 0.6 * tall, at + trunk / 2, horizon + 3),
        fill=byte(hsv(0.07, 0.4, rng.uniform(0.1, 0.3))),
    )
    green = hsv(rng.uniform(0.2, 0.36), rng.uniform(0.2, 0.6), rng.uniform(0.12, 0.5))
    count = 40
    right, up = rng.normal(0, 0.20, count), rng.normal(0, 0.15, count)
    radii = rng.uniform(0.02, 0.10, count) * tall
    bright = (1 + 1.2 * up + rng.normal(0, 0.15, count)).clip(0.5, 1.6)  # lit from above
    for x, y, r, b in zip(
        at + right * tall, horizon - tall * (0.7 + up), radii, bright, strict=True
    ):
        pen.ellipse((x - r, y - 0.7 * r, x + r, y + 0.7 * r), fill=byte(green * b))


def container(rng, pen, horizon, size) -> None:
    """A box of one colour with ribs."""
    height, width = size
    left, wide = rng.uniform(-0.2, 1) * width, rng.uniform(0.2, 0.5) * width
    tall = rng.uniform(0.1, 0.3) * height
    bottom = horizon + 3 - tall * rng.integers(0, 3)
    colour = hsv(rng.random(), rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.6))
    pen.rectangle((left, bottom - tall, left + wide, bottom), fill=byte(colour))
    for i in range(12):
        a = left + wide * i / 12
        pen.line((a, bottom - tall, a, bottom), fill=byte(colour * 0.8))


def thing(rng, pen, horizon, size) -> None:
    """A pole, a sign, a bin, a hedge or somebody."""
    height, width = size
    at, foot = rng.uniform(0, 1) * width, horizon + rng.uniform(0, 0.10) * height
    tall, colour = rng.uniform(0.08, 0.3) * height, hsv(*rng.uniform(0, [1, 0.8, 0.8]))
    what = rng.integers(5)
    if what == 0:
        pen.rectangle(
            (at, foot - 3 * tall, at + 0.02 * width, foot), fill=byte(gray(rng, 0.1, 0.6))
        )
    elif what == 1:
        pen.rectangle((at, foot - tall, at + 2, foot), fill=byte(gray(rng, 0.2, 0.6)))
        r = 0.22 * tall
        pen.ellipse((at - r, foot - tall - r, at + r, foot - tall + r), fill=byte(colour))
    elif what == 2:
        pen.rectangle((at, foot - 0.6 * tall, at + 0.4 * tall, foot), fill=byte(colour * 0.7))
    elif what == 3:
        green, wide = (
            hsv(rng.uniform(0.22, 0.36), 0.5, rng.uniform(0.1, 0.4)),
            rng.uniform(1, 4) * tall,
        )
        pen.rectangle((at, foot - 0.4 * tall, at + wide, foot), fill=byte(green))
    else:
        skin, head = byte(hsv(0.07, 0.4, rng.uniform(0.3, 0.9))), 0.09 * tall
        legs = byte(gray(rng, 0.03, 0.4))
        pen.rectangle((at, foot - 0.5 * tall, at + 0.24 * tall, foot), fill=legs)
        pen.rectangle(
            (at - 0.03 * tall, foot - 0.84 * tall, at + 0.27 * tall, foot - 0.45 * tall),
            fill=byte(colour),
        )
        pen.ellipse(
            (at + 0.12 * tall - head, foot - tall, at + 0.12 * tall + head, foot - tall + 2 * head),
            fill=skin,
        )


def road(rng: Generator, x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Asphalt, paving or earth, with a kerb and lane markings that run along the street."""
    base = hsv(
        rng.choice([rng.uniform(0.55, 0.65), rng.uniform(0.06, 0.12)], p=[0.75, 0.25]),
        rng.uniform(0, 0.15),
        rng.uniform(0.22, 0.7),
    )
    turn = rng.normal(0, 0.5)
    across = x * np.sin(turn) + y * np.cos(turn)
    grain = noise.lookup(8, 60 * x, 60 * y) if rng.random() < 0.7 else noise.window(rng, *size)
    near = 1 / (1 + (np.hypot(x, y) / 12) ** 2)  # far grain is too fine to be seen
    image = base * (1 + rng.uniform(0.02, 0.08) * grain * near)[..., None]
    patches = noise.window(rng, *size, 0, 4)
    image = image * (1 + rng.uniform(0, 0.08) * patches)[..., None]
    if rng.random() < 0.5:
        kerb = rng.uniform(1.5, 4) * rng.choice([-1, 1])
        beyond = across > kerb if kerb > 0 else across < kerb
        image = np.where(beyond[..., None], image * rng.uniform(0.8, 1.4), image)
        image = np.where((np.abs(across - kerb) < 0.08)[..., None], rng.uniform(0.4, 0.9), image)
    if rng.random() < 0.5:
        lane = np.abs(across - rng.uniform(-5, 5)) < 0.07
        image = np.where(lane[..., None], np.float32(rng.uniform(0.6, 0.95)), image)
    return image


def abstract(rng, style, x, y, down, size) -> np.ndarray:
    """Colours and shapes without meaning, so that nothing but a car looks like a car."""
    height, width = size
    corners = [hsv(*rng.uniform([0, 0, 0.05], [1, 0.8, 1])) for _ in range(4)]
    u = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    v = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    image = (corners[0] * (1 - u) + corners[1] * u) * (1 - v)
    canvas = to_image(image + (corners[2] * (1 - u) + corners[3] * u) * v)
    pen = ImageDraw.Draw(canvas)
    for _ in range(rng.integers(0, 16)):
        left, top = rng.uniform(-0.1, 1, 2) * (width, height)
        wide, tall = rng.uniform(0.03, 0.4, 2) * (width, height)
        colour, box = byte(hsv(*rng.random(3))), (left, top, left + wide, top + tall)
        shape = rng.integers(4)
        if shape == 0:
            pen.rectangle(box, fill=colour)
        elif shape == 1:
            pen.ellipse(box, fill=colour)
        elif shape == 2:
            pen.line(box, fill=colour, width=int(rng.integers(1, 9)))
        else:
            pen.polygon(
                [(left + rng.normal(0, wide), top + rng.normal(0, tall)) for _ in range(5)],
                fill=colour,
            )
    image = np.asarray(canvas, np.float32) / 255
    return image * (1 + rng.uniform(0, 0.12) * noise.window(rng, *size)[..., None])


def to_image(array: np.ndarray) -> Image.Image:
    """A float picture as a Pillow image."""
    return Image.fromarray((255 * array.clip(0, 1)).astype(np.uint8))
