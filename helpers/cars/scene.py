"""A whole scene, from a seed to a picture with its true maps."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.random import Generator

from helpers.cars import body as bodies
from helpers.cars import raster, scenery
from helpers.cars.blueprints import KINDS
from helpers.cars.camera import Camera, look_at
from helpers.cars.lens import photograph
from helpers.cars.light import (
    cast_shadow,
    contact_shadow,
    draw_light,
    see_through,
    shade,
)
from helpers.cars.paint import paint
from helpers.cars.settings import BACKGROUNDS, TRAIN, Settings, pick

SMALLEST, LARGEST, ZOOM = 32, 1024, 2  # pixels a side; ZOOM: samples a pixel and direction


@dataclass(frozen=True)
class Scene:
    """A render and what is true of each pixel.

    Shape: image (H, W, 3) uint8; class_map (H, W) uint8: 0 background, 1 car; instance_map
    (H, W) uint8: 0 background, then 1 to the number of cars.
    """

    image: np.ndarray
    class_map: np.ndarray
    instance_map: np.ndarray
    kinds: tuple[str, ...]
    background: str


def render(
    seed: int | Generator, size: tuple[int, int] = (128, 192), *, background: str | None = None,
    kind: str | None = None, num_cars: int = 1, settings: Settings = TRAIN,
) -> Scene:
    """Render a scene; what is not given is drawn at random from `settings`.

    `size` is (height, width) in pixels, each 32 to 1024. The same arguments give the same pixels.

    Raises:
        ValueError: a size, background, kind or number of cars that there is not.
    """
    check_arguments(size, background, kind, num_cars)
    rng = np.random.default_rng(seed)
    place = background or pick(rng, settings.backgrounds)
    style = pick(rng, settings.streets if place == "street" else settings.studios)
    lights = settings.outdoor_lights if place == "street" else settings.indoor_lights
    light = draw_light(rng, pick(rng, lights))
    kinds = tuple(kind or pick(rng, settings.kinds) for _ in range(num_cars))
    camera = aim(rng, place, size, settings, num_cars)
    backdrop = scenery.build(rng, place, style, camera, size)
    image, instances = backdrop.image.copy(), np.zeros(size, np.uint8)
    cars = [(bodies.build(rng, k), *stand(rng, i)) for i, k in enumerate(kinds)]
    distances = [np.hypot(*(offset - camera.position[:2])) for _, offset, _ in cars]
    for i in sorted(range(num_cars), key=lambda i: -distances[i]):
        draw_car(rng, image, instances, i + 1, cars[i], camera, backdrop, light, settings)
    return Scene(photograph(rng, image), (instances > 0).astype(np.uint8), instances, kinds, place)


def check_arguments(size, background, kind, num_cars) -> None:
    """Raise a ValueError that names what is wrong."""
    if len(size) != 2 or not all(SMALLEST <= side <= LARGEST for side in size):
        raise ValueError(f"size is (height, width), each {SMALLEST} to {LARGEST}; got {size}")
    if background not in (None, *BACKGROUNDS):
        raise ValueError(f"no background {background!r}; there are {', '.join(BACKGROUNDS)}")
    if kind not in (None, *KINDS):
        raise ValueError(f"no kind of car {kind!r}; there are {', '.join(KINDS)}")
    if not 0 <= num_cars <= 9:
        raise ValueError(f"num_cars is 0 to 9, got {num_cars}")


def aim(rng, place: str, size, settings: Settings, num_cars: int) -> Camera:
    """A camera somewhere around the origin that frames a car there, larger or smaller."""
    turn = rng.uniform(0, 2 * np.pi)
    rise = np.radians(rng.uniform(*settings.elevation))
    away = rng.uniform(5.2, 11) * (1.25 if num_cars > 1 else 1)
    target = np.array([*rng.normal(0, 0.15, 2), 0.65])
    toward = [np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)]
    position = target + away * np.array(toward)
    position[2] = max(position[2], 0.5)
    camera = look_at(position, target, rng.normal(0, 0.015))
    seen = 4.6 * np.abs(np.sin(turn)) + 1.9 * np.abs(np.cos(turn))  # metres across
    share = rng.uniform(0.5, 0.85) if place == "studio" else rng.uniform(0.3, 0.95)
    share = share if num_cars <= 1 else rng.uniform(0.35, 0.5)
    height, width = size
    focal = min(share * width / seen, 0.75 * height / 1.5) * away
    centre = (width * (0.5 + rng.normal(0, 0.05)), height * (0.54 + rng.normal(0, 0.05)))
    return replace(camera, focal=focal, center=centre)


def stand(rng: Generator, index: int) -> tuple[np.ndarray, float]:
    """Where a car stands and how it is turned: the first at the origin, the others beside it."""
    if index == 0:
        return np.zeros(2), 0.0
    side = 1 if index % 2 else -1
    offset = [side * rng.uniform(2.0, 5.2), rng.uniform(-2.6, 2.6) + side * 1.2]
    return np.array(offset) * (1 + index // 3), rng.normal(0, 0.15) + np.pi * (rng.random() < 0.3)


def draw_car(rng, image, instances, number, car, camera, backdrop, light, settings) -> None:
    """Put one car and its shadow into the picture and the instance map."""
    body, offset, yaw = car
    x, y = backdrop.x - offset[0], backdrop.y - offset[1]
    c, s = np.cos(yaw), np.sin(yaw)
    half = (body.size[0] / 2 * 0.97, body.size[1] * 0.92)
    dark = contact_shadow(rng, c * x + s * y, c * y - s * x, half)
    if light.sun > 0.15:
        dark = dark * cast_shadow(rng, body, light, offset, yaw, camera, instances.shape)
    image *= np.where(backdrop.ground, dark, 1)[..., None]
    own = camera.seen_from(offset, yaw)
    height, width = instances.shape
    surface = raster.rasterize(body, own.zoomed(ZOOM), ZOOM * height, ZOOM * width)
    if surface is None:
        return
    coat, again = pick(rng, settings.paints), deepcopy(rng)
    material = paint(rng, body, surface, coat)
    colour = shade(rng, surface, material, light, body.size[2], yaw) * rng.uniform(0.85, 1.15)
    behind = image[surface.rows // ZOOM, surface.columns // ZOOM]
    colour = see_through(rng, colour, material.glass, behind)
    if backdrop.gleam:
        mirror(again, image, body, own, light, yaw, coat, backdrop)
    fine = np.zeros((ZOOM * height, ZOOM * width, 4), np.float32)
    fine[surface.rows, surface.columns, :3] = colour
    fine[surface.rows, surface.columns, 3] = 1
    mean = sum(fine[i::ZOOM, j::ZOOM] for i in range(ZOOM) for j in range(ZOOM)) / ZOOM**2
    image *= 1 - mean[..., 3:]
    image += mean[..., :3]
    instances[mean[..., 3] >= 0.5] = number


def mirror(rng, image, body, camera, light, yaw, coat, backdrop) -> None:
    """Show a car in a polished floor; `rng` stands where it stood when the car was painted."""
    surface = raster.rasterize(body, camera.mirrored(), *image.shape[:2])
    if surface is None:
        return
    material = paint(rng, body, surface, coat)
    colour = shade(rng, surface, material, light, body.size[2], yaw)
    spot = surface.rows, surface.columns
    fading = np.exp(-surface.point[:, 2].clip(0) / rng.uniform(0.3, 1.5)) * backdrop.ground[spot]
    image[spot] += backdrop.gleam * fading[:, None] * (colour - image[spot])


def render_batch(seeds: Sequence[int], size=(128, 192), **options) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, H, W, 3) and class maps (N, H, W), both uint8, of the given seeds."""
    scenes = [render(seed, size, **options) for seed in seeds]
    return np.stack([s.image for s in scenes]), np.stack([s.class_map for s in scenes])


def render_dataset(
    count: int, seed: int, size: tuple[int, int] = (128, 192), settings: Settings = TRAIN,
    workers: int = 2, progress: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """`count` scenes of one car, seeds `seed`, `seed + 1`, ...; the same for any `workers`."""
    from tqdm.auto import tqdm

    chunks = [range(seed + i, seed + min(i + 20, count)) for i in range(0, count, 20)]
    work = partial(render_batch, size=size, settings=settings)
    with tqdm(total=count, desc="rendering", unit="image", disable=not progress) as bar:
        done = []
        if workers <= 1 or len(chunks) == 1:
            for chunk in chunks:
                done.append(work(chunk))
                bar.update(len(chunk))
        else:
            with ProcessPoolExecutor(workers) as pool:
                for part in pool.map(work, chunks):
                    done.append(part)
                    bar.update(len(part[1]))
    return tuple(np.concatenate(parts) for parts in zip(*done, strict=True))
