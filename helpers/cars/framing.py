"""Where the camera stands and the cars stand, and how much of the picture they take."""

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from helpers.cars.camera import Camera, look_at
from helpers.cars.settings import Settings


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


def reframe(rng: Generator, size: tuple[int, int], settings: Settings) -> Camera:
    """Another view of the car at the origin: 10 to 110 % of the width, in part cut by the edge."""
    height, width = size
    turn = rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.35 * min(1.3, width / height):  # from the side, as people photograph cars
        turn = rng.choice([0.5, 1.5]) * np.pi + rng.normal(0, 0.12)
    rise = np.radians(rng.uniform(*settings.elevation))
    away = np.exp(rng.uniform(np.log(4.2), np.log(16)))
    toward = np.array([np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)])
    target = np.array([0, 0, rng.uniform(0.5, 0.9)])
    position = target + away * toward
    position[2] = max(position[2], 0.4)
    across = 4.5 * np.abs(np.sin(turn)) + 1.85 * np.abs(np.cos(turn))
    share = rng.uniform(0.1, 1.1) if rng.random() < 0.3 else rng.triangular(0.5, 0.95, 1.1)
    tallest = rng.uniform(0.6, 1.05) * height / 1.55
    focal = min(share * width / across, tallest) * away
    loose = 0.16 if rng.random() < 0.25 else 0.04  # a large car off the middle is cut
    centre = width * (0.5 + rng.normal(0, loose)), height * (0.53 + rng.normal(0, 0.06))
    return replace(look_at(position, target, rng.normal(0, 0.02)), focal=focal, center=centre)


def out_of_the_way(offset: np.ndarray, camera: Camera) -> np.ndarray:
    """Where another car stands: on the far side if the camera would be inside of it or close by."""
    near = np.hypot(*(offset - camera.position[:2])) < 0.6 * np.hypot(*camera.position[:2])
    return -offset if near else offset
