"""How many training pictures are rendered a second: `python benchmarks/render.py [COUNT]`."""

import cProfile
import pstats
import sys
import time

from helpers import cars


def main() -> None:
    """Render COUNT images at 128x192 with one process and with two; then where the time goes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    cars.render_batch(range(150), settings=cars.TRAIN)  # textures are drawn once a process
    for workers in (1, 2):
        start = time.perf_counter()
        cars.render_dataset(count, 0, settings=cars.TRAIN, workers=workers, progress=False)
        print(f"{workers} process(es): {count / (time.perf_counter() - start):.1f} images/s")
    profile = cProfile.Profile()
    profile.runcall(cars.render_batch, range(50), settings=cars.TRAIN)
    print("\nmilliseconds an image, callees included:")
    for (path, _, name), (_, _, _, total, _) in sorted(
        pstats.Stats(profile).stats.items(), key=lambda item: -item[1][3]
    ):
        if "helpers/cars" in path and total > 0.05:
            print(f"  {1000 * total / 50:6.1f}  {path.rsplit('/', 1)[1]}:{name}")


if __name__ == "__main__":
    main()
