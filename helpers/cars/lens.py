"""What a camera does to a scene: exposure, colour, blur, noise and JPEG."""

import io

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageEnhance, ImageFilter

from helpers.cars import noise


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
        image = stored(image, int(rng.integers(40, 92)))
    return np.asarray(image)


def photograph_freely(rng: Generator, scene: np.ndarray) -> np.ndarray:
    """A scene as any camera, program or web page may have left it.

    Shape: (H, W, 3) float32, about [0, 1] -> (H, W, 3) uint8
    """
    metered = (rng.uniform(0.35, 0.55) / max(float(scene.mean()), 0.05)) ** rng.uniform(0.4, 1)
    gains = np.float32(metered * np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.05, 3)))
    image = Image.fromarray((255 * (scene * gains).clip(0, 1)).astype(np.uint8))
    image = image.point(3 * tone_curve(rng).tolist())
    if rng.random() < 0.6:
        saturation = 0 if rng.random() < 0.04 else rng.uniform(0.4, 1.7)
        image = ImageEnhance.Color(image).enhance(saturation)
    if rng.random() < 0.45:
        image = shrunk(rng, image)
    if rng.random() < 0.2:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.4) * image.height / 128))
    if rng.random() < 0.35:
        percent = int(rng.integers(40, 250))
        image = image.filter(ImageFilter.UnsharpMask(rng.uniform(0.5, 2), percent, 0))
    array = np.asarray(image)
    if rng.random() < 0.4:
        array = array + noise.window(rng, *array.shape[:2], 9)[..., None] * np.float32(
            rng.uniform(1, 9)
        ) * rng.normal(1, 0.3, 3).astype(np.float32)
    if rng.random() < 0.2:
        array = array * vignette(rng, array.shape[:2])
    image = Image.fromarray(np.clip(array, 0, 255).astype(np.uint8))
    return np.asarray(stored(image, int(rng.integers(20, 95))) if rng.random() < 0.55 else image)


def tone_curve(rng: Generator) -> np.ndarray:
    """Gamma, contrast around the middle, and shadows or lights that are cut off. Shape: (256,)"""
    level = np.linspace(0, 1, 256) ** np.exp(rng.normal(-0.1, 0.2))
    level = 0.5 + (level - 0.5) * np.exp(rng.normal(0.05, 0.2)) + rng.normal(0, 0.03)
    return (255 * level).clip(0, 255).astype(int)


def shrunk(rng: Generator, image: Image.Image) -> Image.Image:
    """An image that was smaller once: shrunk and enlarged again, by various filters."""
    filters = (
        Image.Resampling.BILINEAR,
        Image.Resampling.BICUBIC,
        Image.Resampling.LANCZOS,
        Image.Resampling.BOX,
    )
    factor = rng.uniform(1.05, 2) if rng.random() < 0.75 else rng.uniform(2, 4)
    small = [max(12, round(side / factor)) for side in image.size]
    down, up = (filters[k] for k in rng.integers((4, 3)))
    return image.resize(small, down).resize(image.size, up)


def vignette(rng: Generator, size: tuple[int, int]) -> np.ndarray:
    """How much light reaches the corners of a picture, 1 in the middle. Shape: (H, W, 1)"""
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in size)
    far = x[None, :] ** 2 + y[:, None] ** 2
    return (1 - np.float32(rng.uniform(0.05, 0.3)) * far)[..., None]


def stored(image: Image.Image, quality: int) -> Image.Image:
    """An image after it was a JPEG file."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")
