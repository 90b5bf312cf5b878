"""The loop of notebook 07: it counts steps, can be stopped, goes on, and begins again."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from helpers.exercise import CHECKED, unless_checked
from tests import course

NAME = "07_training"
CELLS = {c.id: c.source for c in course.read(course.solution_path(NAME)).cells}


@pytest.fixture
def names():
    """What notebook 07 defines up to its loop, and twelve small pictures."""
    found = dict(course.solved(NAME)) | {"tqdm": lambda steps, **_: steps, "device": "cpu"}
    for cell in ("batch", "loop"):
        lines = [
            line for line in CELLS[cell].splitlines() if not line.startswith(("x, target", "print"))
        ]
        exec("\n".join(lines), found)
    rng = np.random.default_rng(0)
    found["images"] = rng.integers(0, 256, (24, 16, 16, 3), dtype=np.uint8)
    found["masks"] = rng.integers(0, 2, (24, 16, 16), dtype=np.uint8)
    return found


def model() -> Any:  # the loop gives it its losses
    torch.manual_seed(0)
    return nn.Conv2d(3, 2, 3, padding=1)


def stop_at(step):
    """A `watch` that presses Stop."""

    def watch(losses):
        if len(losses) == step:
            raise KeyboardInterrupt

    return watch


def test_a_stopped_run_goes_on_to_the_same_result(names, capsys):
    whole, stopped = model(), model()
    names["train"](whole, names["images"], names["masks"], 60)
    names["train"](stopped, names["images"], names["masks"], 60, stop_at(51))
    said = capsys.readouterr().out
    assert "Stopped after step 51. Run this cell again to go on" in said
    names["train"](stopped, names["images"], names["masks"], 60)
    assert "From step 51 to step 60." in capsys.readouterr().out
    assert stopped.losses == whole.losses and len(whole.losses) == 60
    assert torch.equal(stopped.weight, whole.weight)


def test_a_run_begins_again_where_that_is_asked_for(names, capsys):
    network = model()
    names["train"](network, names["images"], names["masks"], 5)
    losses = list(network.losses)
    names["train"](network, names["images"], names["masks"], 5)
    assert "All 5 steps are done. With afresh=True it begins again." in capsys.readouterr().out
    assert network.losses == losses
    names["train"](network, names["images"], names["masks"], 5, afresh=True)
    assert network.losses == losses, "the same seeds give the same run"
    assert "From step 0 to step 5." in capsys.readouterr().out


def test_every_picture_is_seen_once_an_epoch(names):
    seen = []
    names["to_batch"] = lambda images, masks: (seen.extend(images[:, 0, 0, 0]), masks)
    names["train_step"] = lambda *_: 0.0
    names["train"](
        model(), np.arange(24).reshape(24, 1, 1, 1), names["masks"], 4, change=lambda *batch: batch
    )
    assert sorted(seen[:24]) == sorted(seen[24:]) == list(range(24))
    assert seen[:24] != seen[24:]


def test_pictures_are_changed_in_a_new_way_at_each_step(names):
    drawn = []

    def change(*batch):
        drawn.append(torch.rand(1).item())  # what `augment` would draw first
        return batch

    names["train"](model(), names["images"], names["masks"], 6, change=change)
    assert len(set(drawn)) == 6


@pytest.mark.parametrize("variable", CHECKED)
def test_long_cells_are_short_where_a_notebook_is_only_checked(variable, monkeypatch):
    for name in CHECKED:
        monkeypatch.delenv(name, raising=False)
    assert unless_checked(550) == 550
    monkeypatch.setenv(variable, "1")
    assert unless_checked(550) == 4 and unless_checked(3) == 3
    assert CELLS["render"].startswith("count, steps = unless_checked(500, 48), unless_checked(")
