"""Noise textures: a bank of tileable 1/f fields, made once a process and cut from everywhere."""

from functools import lru_cache

import numpy as np
from numpy.random import Generator

SIZE, LAYERS = 256, 12  # pixels a side; from cloudy (layer 0) to grainy (the last)


@lru_cache(maxsize=1)
def bank() -> np.ndarray:
    """Gaussian fields whose spectrum falls as 1 / frequency**p; tileable, mean 0, deviation 1.

    Shape: (LAYERS, SIZE, SIZE) float32
    """
    rng = np.random.default_rng(7)  # the bank itself is the same in every process
    fy, fx = np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None]
    frequency = np.hypot(fy, fx)
    frequency[0, 0] = np.inf  # no constant part
    fields = []
    for power in np.linspace(1.9, 0.5, LAYERS):
        spectrum = rng.normal(size=(2, *frequency.shape))
        field = np.fft.irfft2((spectrum[0] + 1j * spectrum[1]) / frequency**power, (SIZE, SIZE))
        fields.append(field / field.std())
    return np.asarray(fields, np.float32).clip(-3, 3)


def window(rng: Generator, height: int, width: int, low: int = 0, high: int = LAYERS) -> np.ndarray:
    """A random cut of a random field among layers low .. high - 1.

    Shape: (height, width) float32
    """
    field = bank()[rng.integers(low, high)]
    y, x = rng.integers(SIZE, size=2)
    if rng.random() < 0.5:
        field = field.T
    if y + height <= SIZE and x + width <= SIZE:
        return field[y : y + height, x : x + width]
    rows = np.arange(y, y + height) % SIZE
    return field[rows[:, None], np.arange(x, x + width) % SIZE]


def lookup(layer: int | np.integer, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The field at any coordinates (1 unit = 1 texel, tiled): noise that sticks to the world.

    Shape: x, y (...) float -> (...) float32
    """
    column = x.astype(np.int32) & (SIZE - 1)
    row = y.astype(np.int32) & (SIZE - 1)
    return np.take(bank()[layer].ravel(), row * SIZE + column)
