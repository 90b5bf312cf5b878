"""The README's picture, made by the shipped network: `python -m helpers.figures.readme`."""

import numpy as np
import torch
from PIL import Image

from helpers import weights
from helpers.data import ASSETS, fit, load_picture
from helpers.notebooks import unet_class
from helpers.show import overlay


def main() -> None:
    """Write helpers/assets/readme.png: the car, the network's mask over it, the car cut out."""
    image = load_picture("car").image
    model = unet_class()(features=weights.FEATURES).eval()
    model.load_state_dict(weights.load())
    x = torch.from_numpy(np.array(fit(image))).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        logits = torch.nn.functional.interpolate(model(x), image.size[::-1], mode="bilinear")
    mask = logits.argmax(dim=1)[0].bool()
    cut = np.where(mask.numpy()[..., None], np.array(image), 255).astype(np.uint8)
    panels = [np.array(image), overlay(image, mask), cut]
    Image.fromarray(np.concatenate(panels, axis=1)).save(ASSETS / "readme.png", optimize=True)


if __name__ == "__main__":
    main()
