"""The training behind the shipped weights: it goes on where it was stopped; faults are named."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import cars, train, weights
from helpers.notebook_code import solution_names

RECIPE = train.Recipe(
    images=6,
    averaging=0.9,
    stages=(train.Stage(3, (48,), 2, 2e-3), train.Stage(2, (96,), 2, 1e-3, clean=0.5, stronger=1)),
)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Six renders and four clean ones to train on, and three to score."""
    folder = tmp_path_factory.mktemp("data")
    return {
        "training": train.rendered(folder, "training", 6, 10, cars.TRAIN),
        "clean": train.rendered(folder, "clean", 4, 50, cars.SHOWN),
        "validation": train.rendered(folder, "validation", 3, 90, cars.TRAIN),
    }


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
    batches = list(train.batches(sets["training"], 2))
    assert {images.shape[-2:] for images, _ in batches} == {(128, 192), (160, 160), (192, 128)}
    assert sum(len(targets) for _, targets in batches) == 6
    assert all(images.shape[-2:] == targets.shape[-2:] for images, targets in batches)


def test_random_batches_come_from_all_shards(sets):
    rng = np.random.default_rng(0)
    drawn = [train.draw(sets["training"], rng, 2) for _ in range(30)]
    assert {tuple(images.shape) for images, _ in drawn} == {
        (2, 3, 128, 192),
        (2, 3, 160, 160),
        (2, 3, 192, 128),
    }


@pytest.mark.parametrize(
    ("longest", "sizes"), [(96, [(64, 96), (80, 80), (96, 64), (56, 112)]), (192, train.SHAPES)]
)
def test_a_stage_shrinks_every_shape_as_much(longest, sizes):
    stage = train.Stage(1, (longest,), 1, 1e-3)
    assert [stage.fitted(shape, longest) for shape in train.SHAPES] == list(sizes)


def test_after_the_last_step_it_is_still_the_last_stage():
    assert [RECIPE.stage(step) for step in (0, 2, 3, 4, 5)] == [*RECIPE.stages[:1] * 2] + [
        RECIPE.stages[1]
    ] * 3


def test_the_rate_falls_to_zero_and_rises_again_only_where_a_stage_has_a_peak():
    recipe = train.Recipe(
        stages=(
            train.Stage(600, (96,), 2, 2e-3),
            train.Stage(400, (96,), 2, None),
            train.Stage(500, (96,), 2, 1e-3),
        )
    )
    rates = [recipe.rate(step) for step in range(recipe.steps)]
    assert rates[0] < rates[199] and max(rates) == pytest.approx(2e-3, rel=0.1)
    assert rates[500] == pytest.approx(1e-3) and rates[600] < rates[599]  # half of the cosine
    assert rates[999] < 1e-5 < rates[1010] < max(rates[1000:]) == pytest.approx(1e-3, rel=0.4)
    assert rates[-1] < 1e-5


def test_a_batch_is_of_its_stage(tmp_path, sets):
    only = {"training": sets["training"], "clean": [(x * 0, y * 0) for x, y in sets["clean"][:1]]}
    run = train.Run(tmp_path, RECIPE)
    run.augment = lambda images, targets: (images, targets)
    first = run.batch(only)
    assert max(first[0].shape[-2:]) <= 56 and first[0].any()  # 48 wide, or 56 of the widest shape
    run.recipe = train.Recipe(stages=(train.Stage(9, (96, 144), 2, 1e-3, clean=1.0),))
    widths = set()
    for run.step in range(9):
        images, targets = run.batch(only)
        assert not images.any() and not targets.any()
        widths.add(max(images.shape[-2:]))
    assert widths == {96, 144}


def test_the_stronger_change_keeps_pictures_and_class_maps_together():
    torch.manual_seed(0)
    targets = torch.zeros(200, 24, 32, dtype=torch.int64)
    targets[::2] = 1  # every other picture is car all over
    images = targets[:, None].repeat(1, 3, 1, 1).float()
    changed, classes = train.stronger(images, targets)
    mixed = (classes != targets).flatten(1).any(dim=1)
    assert 15 <= mixed.sum() <= 60
    assert changed.min() >= 0 and changed.max() <= 1
    assert torch.equal(changed.mean(dim=1).round().long(), classes)


def test_half_precision_goes_the_same_way(tmp_path, sets):
    trained = []
    for bfloat16 in (False, True):
        run = train.Run(tmp_path / str(bfloat16), RECIPE, bfloat16)  # sets the seed
        run.train(sets)
        trained.append(weights_of(run))
    whole, half = trained
    assert whole.dtype == half.dtype == torch.float32
    assert not torch.equal(whole, half) and torch.allclose(whole, half, atol=0.02)


def test_a_score_is_that_of_notebook_06(sets):
    course = solution_names("06_car_inference")
    model = course["load_trained_unet"](weights.WEIGHTS)
    expected = []
    for images, masks in sets["validation"]:
        for image, mask in zip(images, masks, strict=True):
            pred = course["foreground_mask"](course["mean_masks_of"](Image.fromarray(image)))[0]
            expected.append(course["iou"](pred, torch.from_numpy(np.array(mask)) == 1))
    assert train.score(model, sets["validation"]) == pytest.approx(np.mean(expected), abs=2e-3)


def test_a_stopped_run_ends_as_one_that_was_not(tmp_path, sets):
    whole = train.Run(tmp_path / "whole", RECIPE)
    whole.train(sets, every=2)

    stopped = train.Run(tmp_path / "stopped", RECIPE)
    step, seen = stopped.train_step, []

    def power_cut(*arguments):
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(1)
        return step(*arguments)

    stopped.train_step = power_cut
    with pytest.raises(KeyboardInterrupt):
        stopped.train(sets, every=2)
    torch.manual_seed(99)  # another process has another random state
    resumed = train.Run(tmp_path / "stopped", RECIPE)
    assert resumed.step == 2
    resumed.train(sets, every=2)
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
    assert np.array_equal(first[0][0], sets["training"][0][0][:1])  # the same seeds
    before = (tmp_path / "set_000_128x192_images.npy").stat().st_mtime_ns
    train.rendered(*arguments)
    assert (tmp_path / "set_000_128x192_images.npy").stat().st_mtime_ns == before


def test_pictures_of_the_right_size_stay_as_they_are():
    images, targets = torch.rand(2, 3, 16, 24), torch.randint(0, 2, (2, 16, 24))
    same = train.shrink(images, targets, (16, 24))
    assert same[0] is images and same[1] is targets
    half = train.shrink(images, targets, (8, 12))
    assert half[0].shape[-2:] == half[1].shape[-2:] == (8, 12)


def test_the_command_trains_measures_and_writes_the_weights(tmp_path, monkeypatch, capsys):
    for name in ("VALIDATION", "TEST", "HELD_OUT"):
        monkeypatch.setattr(train, name, 2)
    monkeypatch.setattr(train, "Recipe", lambda: replace(RECIPE, clean_images=4))
    monkeypatch.setattr(weights, "FEATURES", (4, 5, 6, 7))
    target = tmp_path / "new" / "weights.pt"
    folders = [f"--{name}={tmp_path / name}" for name in ("folder", "data")]
    train.main([*folders, f"--weights={target}", f"--threads={torch.get_num_threads()}"])
    told = capsys.readouterr().out
    facts = json.loads(told[told.index("{\n") :])
    card = json.loads(weights.card_of(target).read_text())
    assert card.items() >= facts.items() and facts["recipe"]["images"] == 6
    assert all(0 <= facts[f"iou_{name}"] <= 1 for name in ("unseen", "clean_held_out"))
    assert weights.features_of(weights.load(weights.verify(target))) == (4, 5, 6, 7)
