"""Cars put into a picture of a place: their shadows, their surface, what a gleaming floor shows."""

from copy import deepcopy

import numpy as np

from helpers.cars import framing, raster, reflections
from helpers.cars.body import DISC, TYRE
from helpers.cars.decals import decal
from helpers.cars.light import cast_shadow, contact_shadow, see_through, shade
from helpers.cars.paint import paint
from helpers.cars.settings import pick

ZOOM = 2  # samples a pixel and direction
PARTS = ("background", "body", "window", "wheel", "ground")
BACKGROUND, BODY, WINDOW, WHEEL, GROUND = range(len(PARTS))


def draw_cars(rng, chance, image, maps, cars, camera, backdrop, light, settings) -> None:
    """Put the cars into the picture and its maps of instances and parts, the farthest first."""
    if settings.framing:
        cars = [(body, framing.out_of_the_way(offset, camera), yaw) for body, offset, yaw in cars]
    distances = [np.hypot(*(offset - camera.position[:2])) for _, offset, _ in cars]
    for i in sorted(range(len(cars)), key=lambda i: -distances[i]):
        draw_car(rng, chance, image, maps, i + 1, cars[i], camera, backdrop, light, settings)


def draw_car(rng, chance, image, maps, number, car, camera, backdrop, light, settings) -> None:
    """Put one car and its shadow into the picture, and the car into the maps."""
    body, offset, yaw = car
    x, y = backdrop.x - offset[0], backdrop.y - offset[1]
    c, s = np.cos(yaw), np.sin(yaw)
    half = (body.size[0] / 2 * 0.97, body.size[1] * 0.92)
    dark = contact_shadow(rng, c * x + s * y, c * y - s * x, half)
    if light.sun > 0.15:
        dark = dark * cast_shadow(rng, body, light, offset, yaw, camera, image.shape[:2])
    image *= np.where(backdrop.ground, dark, 1)[..., None]
    own = camera.seen_from(offset, yaw)
    height, width = image.shape[:2]
    surface = raster.rasterize(body, own.zoomed(ZOOM), ZOOM * height, ZOOM * width, settings.thin)
    if surface is None:
        return
    coat, again = pick(rng, settings.paints), deepcopy(rng)
    material = paint(rng, body, surface, coat)
    if chance.random() < settings.decals:
        decal(chance, body, surface, material)
    around = reflections.draw_mirror(chance) if chance.random() < settings.reflections else None
    colour = shade(rng, surface, material, light, body.size[2], yaw, around)
    colour = colour * rng.uniform(0.85, 1.15)
    behind = image[surface.rows // ZOOM, surface.columns // ZOOM]
    if around is not None:
        behind = 0.6 * behind  # through two panes, at least
    colour = see_through(rng, colour, material.glass, behind)
    if backdrop.gleam:
        mirror(again, image, body, own, light, yaw, coat, backdrop)
    lay_over(image, maps, number, surface, colour, parts_of(surface, material))


def parts_of(surface, material) -> np.ndarray:
    """What each sample of a car is, as in PARTS. Shape: (P,)"""
    wheel = (surface.part == TYRE) | (surface.part == DISC)
    return np.where(wheel, WHEEL, np.where(material.glass, WINDOW, BODY))


def lay_over(image, maps, number, surface, colour, kinds) -> None:
    """Average a car's samples over each pixel; where it covers half of one or more, it is car.

    The pixel is the part of most of its samples.
    """
    top, left, tall, wide = surface.box
    fine = np.zeros((tall, wide, 4), np.float32)
    rows, columns = surface.rows - top, surface.columns - left
    fine[rows, columns, :3] = colour
    fine[rows, columns, 3] = 1
    mean = summed(fine) / ZOOM**2
    cover = summed(surface.seen.astype(np.float32)) / ZOOM**2
    mean *= (cover / np.maximum(mean[..., 3], 1e-6))[..., None]  # 1 if every sample was shaded
    where = (slice(top // ZOOM, (top + tall) // ZOOM), slice(left // ZOOM, (left + wide) // ZOOM))
    part = image[where]
    part *= 1 - mean[..., 3:]
    part += mean[..., :3]
    instances, parts = maps
    instances[where][cover >= 0.5] = number
    samples = np.zeros((tall, wide, 3), np.uint8)
    samples[rows, columns, kinds - BODY] = 1
    parts[where][cover >= 0.5] = (BODY + summed(samples).argmax(axis=2))[cover >= 0.5]


def summed(fine: np.ndarray) -> np.ndarray:
    """The sum of each pixel's samples. Shape: (ZOOM * H, ZOOM * W, ...) -> (H, W, ...)"""
    return np.asarray(sum(fine[i::ZOOM, j::ZOOM] for i in range(ZOOM) for j in range(ZOOM)))


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
