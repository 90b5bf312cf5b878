"""The training behind the shipped weights: it goes on where it was stopped; faults are named."""

import csv

import numpy as np
import pytest
import torch

from helpers import cars, train

RECIPE = train.Recipe(
    images=6, stages=(train.Stage(3, (32, 48), 2), train.Stage(2, (64, 96), 2)), averaging=0.9
)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Six renders to train on and three to score."""
    folder = tmp_path_factory.mktemp("data")
    return [train.rendered(folder, name, count, seed, cars.TRAIN)
            for name, count, seed in (("training", 6, 10), ("validation", 3, 90))]


def weights_of(run: train.Run) -> torch.Tensor:
    """All weights of the model and of its average, in a row."""
    models = run.model, run.average.module
    return torch.cat([p.detach().flatten() for m in models for p in m.parameters()])


def test_shards_of_several_shapes_hold_the_same_number_of_pictures(tmp_path):
    parts = train.rendered(tmp_path, "set", 9, 10, cars.SHOWN)
    assert [masks.shape for _, masks in parts] == [(3, *shape) for shape in train.SHAPES[:3]]
    assert [images.shape[:3] for images, _ in parts] == [masks.shape for _, masks in parts]
    assert np.array_equal(parts[1][0][0], cars.render(13, train.SHAPES[1]).image)


def test_a_batch_has_one_shape_and_every_picture_comes_once(sets):
    batches = list(train.batches(sets[0], 2))
    assert {images.shape[-2:] for images, _ in batches} == {(128, 192), (160, 160), (192, 128)}
    assert sum(len(targets) for _, targets in batches) == 6
    assert all(images.shape[-2:] == targets.shape[-2:] for images, targets in batches)


def test_random_batches_come_from_all_shards(sets):
    rng = np.random.default_rng(0)
    drawn = [train.draw(sets[0], rng, 2) for _ in range(30)]
    assert {tuple(images.shape) for images, _ in drawn} == {
        (2, 3, 128, 192), (2, 3, 160, 160), (2, 3, 192, 128)}


@pytest.mark.parametrize(("stage", "sizes"), [
    ((64, 96), [(64, 96), (80, 80), (96, 64), (56, 112)]), ((128, 192), train.SHAPES)
])
def test_a_stage_shrinks_every_shape_as_much(stage, sizes):
    fitted = [train.Stage(1, stage, 1).fitted(shape) for shape in train.SHAPES]
    assert fitted == list(sizes)


def test_a_stopped_run_ends_as_one_that_was_not(tmp_path, sets):
    whole = train.Run(tmp_path / "whole", RECIPE)
    whole.train(*sets, every=2)

    stopped = train.Run(tmp_path / "stopped", RECIPE)
    step, seen = stopped.train_step, []

    def power_cut(*arguments):
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(1)
        return step(*arguments)

    stopped.train_step = power_cut
    with pytest.raises(KeyboardInterrupt):
        stopped.train(*sets, every=2)
    torch.manual_seed(99)  # another process has another random state
    resumed = train.Run(tmp_path / "stopped", RECIPE)
    assert resumed.step == 2
    resumed.train(*sets, every=2)
    assert resumed.step == RECIPE.steps
    assert torch.equal(weights_of(resumed), weights_of(whole))
    for folder in ("whole", "stopped"):
        rows = list(csv.DictReader((tmp_path / folder / "log.csv").open()))
        assert [int(row["step"]) for row in rows] == [2, 4, 5]
        assert (tmp_path / folder / "curve.png").stat().st_size > 1000


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path, sets):
    train.Run(tmp_path, RECIPE).save()
    with pytest.raises(ValueError, match="from another recipe: choose another --folder"):
        train.Run(tmp_path, train.Recipe(images=7))


def test_a_damaged_checkpoint_is_named(tmp_path):
    run = train.Run(tmp_path, RECIPE)
    run.checkpoint.write_bytes(b"half a file")
    with pytest.raises(ValueError, match=r"checkpoint\.pt is damaged.*remove it"):
        train.Run(tmp_path, RECIPE)


def test_a_shard_is_rendered_once_and_only_whole_ones_are_used(tmp_path, sets):
    arguments = (tmp_path, "set", 2, 10, cars.TRAIN)
    (tmp_path / "set_000_128x192_images.part").write_bytes(b"half a file")
    first = train.rendered(*arguments)
    assert np.array_equal(first[0][0], sets[0][0][0][:1])  # the same seeds
    before = (tmp_path / "set_000_128x192_images.npy").stat().st_mtime_ns
    train.rendered(*arguments)
    assert (tmp_path / "set_000_128x192_images.npy").stat().st_mtime_ns == before
