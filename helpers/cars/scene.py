"""A whole scene, from a seed to a picture with its true maps."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.random import Generator

from helpers.cars import body as bodies
from helpers.cars import composite, framing, ground, kept, outdoors, scenery, standing
from helpers.cars.blueprints import KINDS
from helpers.cars.lens import photograph, photograph_freely
from helpers.cars.light import draw_light
from helpers.cars.scenery import Backdrop
from helpers.cars.settings import BACKGROUNDS, SHOWN, Settings, pick

SMALLEST, LARGEST = 32, 1024  # pixels a side


@dataclass(frozen=True)
class Scene:
    """A render and what is true of each pixel.

    Shape: image (H, W, 3) uint8; class_map (H, W) uint8: 0 background, 1 car; instance_map
    (H, W) uint8: 0 background, then 1 to the number of cars; part_map (H, W) uint8: the index in
    `PARTS` (background, body, window, wheel, ground; what stands in front counts as what it hides
    where that is ground, else as background).
    """

    image: np.ndarray
    class_map: np.ndarray
    instance_map: np.ndarray
    part_map: np.ndarray
    kinds: tuple[str, ...]
    background: str


@dataclass(frozen=True)
class Chances:
    """A random generator for each part of the variety: to switch one off leaves the others."""

    number: Generator
    framing: Generator
    place: Generator
    paint: Generator
    front: Generator
    dapple: Generator
    lens: Generator


def render(
    seed: int | Generator,
    size: tuple[int, int] = (128, 192),
    *,
    background: str | None = None,
    kind: str | None = None,
    num_cars: int | None = None,
    settings: Settings = SHOWN,
) -> Scene:
    """Render a scene; what is not given is drawn at random from `settings`.

    `size` is (height, width) in pixels, each 32 to 1024. The same arguments give the same pixels.

    Raises:
        ValueError: a size, background, kind or number of cars that there is not.
    """
    check_arguments(size, background, kind, num_cars)
    rng = np.random.default_rng(seed)
    chances = Chances(*rng.spawn(7))
    if num_cars is None:
        num_cars = pick(chances.number, settings.numbers)
    place = background or pick(rng, settings.backgrounds)
    style = pick(rng, settings.streets if place == "street" else settings.studios)
    lights = settings.outdoor_lights if place == "street" else settings.indoor_lights
    light = draw_light(rng, pick(rng, lights))
    kinds = tuple(kind or pick(rng, settings.kinds) for _ in range(num_cars))
    camera = framing.aim(rng, place, size, settings, num_cars)
    if chances.framing.random() < settings.framing:
        camera = framing.reframe(chances.framing, size, settings)
    camera = replace(camera, focal=settings.zoom * camera.focal)
    backdrop = draw_place(rng, chances.place, place, style, camera, size, settings)
    image, instances = backdrop.image.copy(), np.zeros(size, np.uint8)
    parts = (composite.GROUND * backdrop.ground).astype(np.uint8)
    cars = [(bodies.build(rng, k), *framing.stand(rng, i)) for i, k in enumerate(kinds)]
    composite.draw_cars(
        rng, chances.paint, image, (instances, parts), cars, camera, backdrop, light, settings
    )
    if chances.dapple.random() < settings.dappled:
        ground.dapple(chances.dapple, image, backdrop.ground)
    what = pick(chances.front, settings.in_front)
    if what != "none":
        layers = standing.in_front(chances.front, what, camera, size)
        standing.hide(image, instances, layers)
        parts[(instances == 0) & (parts != composite.GROUND)] = composite.BACKGROUND
    free = chances.lens.random() < settings.photometrics
    photo = photograph_freely(chances.lens, image) if free else photograph(rng, image)
    return Scene(photo, (instances > 0).astype(np.uint8), instances, parts, kinds, place)


def check_arguments(size, background, kind, num_cars) -> None:
    """Raise a ValueError that names what is wrong."""
    if len(size) != 2 or not all(SMALLEST <= side <= LARGEST for side in size):
        raise ValueError(f"size is (height, width), each {SMALLEST} to {LARGEST}; got {size}")
    if background not in (None, *BACKGROUNDS):
        raise ValueError(f"no background {background!r}; there are {', '.join(BACKGROUNDS)}")
    if kind not in (None, *KINDS):
        raise ValueError(f"no kind of car {kind!r}; there are {', '.join(KINDS)}")
    if num_cars is not None and not 0 <= num_cars <= 9:
        raise ValueError(f"num_cars is 0 to 9, got {num_cars}")


def draw_place(rng, chance, place, style, camera, size, settings) -> Backdrop:
    """What is around the cars: plain from `rng`, or with the clutter of real places."""
    if place != "street":
        return outdoors.cluttered(chance, settings, scenery.build(rng, place, style, camera, size))
    rows, floor = pick(chance, settings.behind), pick(chance, settings.grounds)
    if rows != "none":
        backdrop = outdoors.street(chance, rows, floor, settings, camera, size)
    else:
        backdrop = scenery.build(rng, place, style, camera, size)
        if floor != "none":
            outdoors.lay(chance, floor, settings, camera, backdrop)
    if chance.random() < settings.wet:
        gleam = chance.uniform(0.1, 0.8)
        ground.shimmer(chance, backdrop.image, backdrop.ground, gleam)
        backdrop = replace(backdrop, gleam=gleam)
    return backdrop


def render_batch(
    seeds: Sequence[int], size=(128, 192), parts: bool = False, **options
) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, H, W, 3) and class maps or part maps (N, H, W), both uint8, of the given seeds."""
    scenes = [render(seed, size, **options) for seed in seeds]
    maps = [s.part_map if parts else s.class_map for s in scenes]
    return np.stack([s.image for s in scenes]), np.stack(maps)


def render_dataset(
    count: int,
    seed: int,
    size: tuple[int, int] = (128, 192),
    settings: Settings = SHOWN,
    workers: int = 2,
    progress: bool = True,
    parts: bool = False,
    keep: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """`count` scenes, seeds `seed`, `seed + 1`, ...; the same for any `workers`.

    The images come with their class maps (0 background, 1 car), or with `parts` with their part
    maps (see `PARTS`). With `keep` they are rendered once and stay in the user's cache folder.

    Shape: (N, H, W, 3), (N, H, W), both uint8
    """
    from tqdm.auto import tqdm

    path = kept.path_of(count, seed, tuple(size), settings, parts) if keep else None
    if path and (pair := kept.read(path)) is not None:
        return pair
    chunks = [range(seed + i, seed + min(i + 20, count)) for i in range(0, count, 20)]
    work = partial(render_batch, size=size, settings=settings, parts=parts)
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
    images, maps = (np.concatenate(arrays) for arrays in zip(*done, strict=True))
    if path:
        kept.write(path, images, maps)
    return images, maps
