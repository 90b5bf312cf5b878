"""What a camera does to a scene: exposure, colour, blur, noise and JPEG."""

import io

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter


def photograph(rng: Generator, scene: np.ndarray) -> np.ndarray:
    """A scene as a camera would store it.

    Shape: (H, W, 3) float32, about [0, 1] -> (H, W, 3) uint8
    """
    scene = scene * np.exp(rng.normal(0, 0.16))
    if rng.random() < 0.5:
        scene = scene * (1 + rng.normal(0, 0.05, 3))
    scene = scene.clip(0, 1) ** np.exp(rng.normal(-0.25, 0.2))
    image = Image.fromarray((255 * scene).astype(np.uint8))
    if rng.random() < 0.45:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1) * image.height / 128))
    if rng.random() < 0.6:
        noisy = np.asarray(image) + rng.normal(0, rng.uniform(1, 8), (*image.size[::-1], 3))
        image = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    if rng.random() < 0.4:
        stored = io.BytesIO()
        image.save(stored, "JPEG", quality=int(rng.integers(40, 92)))
        image = Image.open(stored).convert("RGB")
    return np.asarray(image)
