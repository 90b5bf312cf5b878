"""What training renders have beyond the shown ones: each part can be off, and masks stay true."""

from dataclasses import fields, replace

import numpy as np
import pytest

from helpers import cars, train
from helpers.cars import (
    composite,
    framing,
    ground,
    outdoors,
    raster,
    reflections,
    scene,
    standing,
    uprights,
)
from helpers.cars.settings import NOTHING, without_none

SIZE = (64, 96)
CLEAR = replace(cars.TRAIN, in_front=NOTHING, photometrics=0.0)
PARTS = {  # part of the settings: what draws it
    "in_front": (standing, "in_front"),
    "behind": (outdoors, "street"),
    "grounds": (ground, "lay"),
    "textures": (outdoors, "crop"),
    "reflections": (reflections, "draw_mirror"),
    "decals": (composite, "decal"),
    "wet": (ground, "shimmer"),
    "dappled": (ground, "dapple"),
    "framing": (framing, "reframe"),
    "photometrics": (scene, "photograph_freely"),
}
ON_SURFACES = ("textures", "reflections", "decals", "wet", "dappled", "photometrics")


def full(settings: cars.Settings, part: str) -> cars.Settings:
    """Settings that draw a part whenever they can."""
    value = getattr(settings, part)
    return replace(settings, **{part: 1.0 if isinstance(value, float) else without_none(value)})


def off(settings: cars.Settings, part: str) -> cars.Settings:
    """Settings without a part."""
    is_share = isinstance(getattr(settings, part), float)
    return replace(settings, **{part: 0.0 if is_share else NOTHING})


@pytest.fixture
def drawn(monkeypatch) -> set:
    """The parts that were drawn since the test began."""
    seen = set()

    def spy(part, draw):
        return lambda *args, **options: seen.add(part) or draw(*args, **options)

    for part, (module, name) in PARTS.items():
        monkeypatch.setattr(module, name, spy(part, getattr(module, name)))
    return seen


@pytest.fixture(scope="module")
def scenes() -> list[cars.Scene]:
    """Many training pictures, before anything stands in front of their cars."""
    return [cars.render(seed, SIZE, settings=CLEAR) for seed in range(160)]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_off_is_never_drawn_and_one_that_is_on_is(part, drawn):
    for seed in range(12):
        cars.render(seed, (32, 48), settings=off(cars.TRAIN, part))
    assert part not in drawn
    for seed in range(6):
        cars.render(seed, (32, 48), settings=full(cars.TRAIN, part))
    assert part in drawn


@pytest.mark.parametrize("settings", [cars.SHOWN, cars.SHOWN_HELD_OUT])
def test_pictures_that_are_shown_have_none_of_the_variety(settings, drawn):
    scenes = [cars.render(seed, (32, 48), settings=settings) for seed in range(12)]
    assert not drawn
    assert {len(shown.kinds) for shown in scenes} == {1}


def test_notebooks_draw_what_is_shown():
    images, masks = cars.render_dataset(3, 5, (32, 48), cars.SHOWN, workers=1, progress=False)
    asked = cars.render_dataset(3, 5, (32, 48), workers=1, progress=False)
    assert np.array_equal(asked[0], images) and np.array_equal(asked[1], masks)
    assert np.array_equal(cars.render(5, (32, 48)).image, images[0])


@pytest.mark.parametrize("part", ON_SURFACES)
def test_surfaces_light_and_lenses_change_pixels_and_no_mask(part):
    without = off(CLEAR, part)
    always = replace(without, **{part: getattr(full(cars.TRAIN, part), part)})
    pairs = [
        [cars.render(seed, SIZE, settings=settings) for settings in (without, always)]
        for seed in range(12)
    ]
    assert all(np.array_equal(a.instance_map, b.instance_map) for a, b in pairs)
    assert any(not np.array_equal(a.image, b.image) for a, b in pairs)


@pytest.mark.parametrize("part", [*ON_SURFACES[:-1], "in_front"])
def test_to_switch_a_part_off_leaves_the_rest_of_a_picture_as_it_was(part, monkeypatch):
    kept = replace(CLEAR, photometrics=0.0, wet=0.0)
    monkeypatch.setattr(scene, "photograph", lambda rng, image: rng.random(3))  # the last to draw
    always = replace(kept, **{part: getattr(full(cars.TRAIN, part), part)})
    pairs = [
        [
            cars.render(seed, (32, 48), settings=settings).image
            for settings in (off(kept, part), always)
        ]
        for seed in range(8)
    ]
    assert all(np.array_equal(a, b) for a, b in pairs)


def as_drawn(rng, image):
    """A scene without what its camera does to it."""
    return (255 * image.clip(0, 1)).astype(np.uint8)


def keeping(layers, draw):
    """A function that draws layers and adds them to a list."""
    return lambda *args: layers.extend(draw(*args)) or layers


@pytest.mark.parametrize("kind", sorted(standing.NEAR))
def test_a_mask_leaves_out_what_stands_in_front(kind, monkeypatch):
    monkeypatch.setattr(scene, "photograph", as_drawn)
    hidden = 0
    for seed in range(8):
        open_view = cars.render(seed, SIZE, settings=CLEAR)
        layers = []
        with monkeypatch.context() as patch:
            patch.setattr(standing, "in_front", keeping(layers, standing.in_front))
            blocked = cars.render(seed, SIZE, settings=replace(CLEAR, in_front={kind: 1.0}))
        free = np.ones(SIZE)
        for layer in layers:
            free[layer.rows, layer.columns] *= 1 - layer.share[..., 0]
        expected = np.where(free <= 0.5, 0, open_view.instance_map)
        assert np.array_equal(blocked.instance_map, expected)
        assert np.array_equal(blocked.image[free == 1], open_view.image[free == 1])
        hidden += (expected != open_view.instance_map).sum()
    assert hidden > 100


def test_an_opaque_thing_hides_the_car_entirely():
    image, instances = np.ones((*SIZE, 3), np.float32), np.ones(SIZE, np.uint8)
    box = np.s_[10:20, 30:50]
    black, half = np.zeros((10, 20, 3), np.float32), np.full((10, 20, 1), 0.49, np.float32)
    standing.hide(image, instances, [standing.Layer(black, half, *box)])
    assert instances.all()  # less than half of each pixel
    standing.hide(image, instances, [standing.Layer(black, half, *box)] * 2)
    assert not instances[box].any() and instances.sum() == 64 * 96 - 200  # together more than half
    assert image[box].max() < 0.52**2 * 0.52 and image.min(axis=2)[:10].min() == 1


def test_some_pictures_are_empty_as_often_as_the_settings_say(scenes):
    empty = [shown for shown in scenes if not shown.kinds]
    assert 0.05 <= cars.TRAIN.numbers[0] <= 0.10
    assert len(empty) / len(scenes) == pytest.approx(cars.TRAIN.numbers[0], abs=0.04)
    assert not any(shown.instance_map.any() or shown.class_map.any() for shown in empty)


def test_one_to_three_cars_have_their_own_numbers(scenes):
    numbers = [set(np.unique(shown.instance_map)) - {0} for shown in scenes]
    assert all(
        found <= set(range(1, len(shown.kinds) + 1))
        for found, shown in zip(numbers, scenes, strict=True)
    )
    assert sum(found == {1} for found in numbers) > 0.5 * len(scenes)
    assert {1, 2} in numbers and {1, 2, 3} in numbers
    assert all(np.array_equal(shown.class_map, shown.instance_map > 0) for shown in scenes)


def test_cars_are_far_and_near_whole_and_cut(scenes):
    masks = [shown.class_map > 0 for shown in scenes if len(shown.kinds) == 1]
    widths = np.array([mask.any(axis=0).mean() for mask in masks])
    cut = np.array([mask[:, 0].any() or mask[:, -1].any() for mask in masks])
    assert np.quantile(widths, 0.05) < 0.35 and 0.6 < np.median(widths) < 0.9
    assert 0.1 < cut.mean() < 0.6
    assert any(mask[:, 0].any() and mask[:, -1].any() for mask in masks)  # wider than the picture


@pytest.mark.parametrize("shape", train.SHAPES)
def test_the_camera_fits_the_car_into_pictures_of_every_shape(shape):
    size = tuple(side // 2 for side in shape)
    settings = replace(CLEAR, numbers={1: 1.0})
    masks = [cars.render(seed, size, settings=settings).class_map for seed in range(25)]
    shares = [mask.mean() for mask in masks]
    assert 0.12 < np.mean(shares) < 0.5
    assert np.mean(np.array(shares) > 0.02) > 0.85


def test_a_car_is_seldom_higher_than_the_picture():
    for seed in range(60):
        camera = framing.reframe(np.random.default_rng(seed), (112, 224), cars.TRAIN)
        metre = camera.focal / np.linalg.norm(camera.position - [0, 0, 0.7])
        assert 1.5 * metre < 1.1 * 112


def test_a_car_never_stands_where_the_camera_is():
    camera = framing.reframe(np.random.default_rng(0), SIZE, cars.TRAIN)
    away = np.hypot(*camera.position[:2])
    for share in np.linspace(-2, 2, 41):
        offset = framing.out_of_the_way(share * camera.position[:2], camera)
        assert np.hypot(*(offset - camera.position[:2])) >= 0.6 * away - 1e-6


def surface_of(seen):
    """A surface that covers these of 4 × 4 samples, and nothing of what it looks like."""
    rows, columns = np.nonzero(seen)
    blank = np.zeros(0)
    return raster.Surface(rows, columns, blank, blank, blank, blank, seen, (0, 0, 4, 4))


@pytest.mark.parametrize(("covered", "is_car"), [(1, 0), (2, 1), (3, 1), (4, 1)])
def test_a_pixel_is_car_where_a_car_covers_half_of_it(covered, is_car):
    image, maps = np.zeros((2, 2, 3), np.float32), np.zeros((2, 2, 2), np.uint8)
    seen = np.zeros((4, 4), bool)
    seen[[2, 3, 3, 2][:covered], [3, 2, 3, 2][:covered]] = True  # samples of the last pixel
    kinds = np.full(covered, composite.WHEEL)
    composite.lay_over(image, maps, 1, surface_of(seen), np.ones((covered, 3)), kinds)
    assert maps[0].tolist() == [[0, 0], [0, is_car]]
    assert maps[1].tolist() == [[0, 0], [0, composite.WHEEL * is_car]]
    assert image[1, 1] == pytest.approx([covered / 4] * 3)


def test_a_pixel_is_the_part_of_most_of_its_samples():
    maps, seen = np.zeros((2, 2, 2), np.uint8), np.ones((4, 4), bool)
    kinds = np.full(16, composite.BODY)
    kinds[[0, 1, 4]] = composite.WINDOW  # three of the first pixel's four samples
    composite.lay_over(np.zeros((2, 2, 3)), maps, 1, surface_of(seen), np.ones((16, 3)), kinds)
    assert maps[1].tolist() == [[composite.WINDOW, composite.BODY], [composite.BODY] * 2]


@pytest.mark.parametrize("settings", [cars.SHOWN, cars.TRAIN])
def test_the_parts_of_cars_cover_the_cars(settings):
    found = set()
    for seed in range(12):
        scene = cars.render(seed, SIZE, settings=settings)
        part = np.isin(scene.part_map, [composite.BODY, composite.WINDOW, composite.WHEEL])
        assert np.array_equal(part, scene.class_map == 1)
        found |= set(np.unique(scene.part_map).tolist())
        rows = [
            np.nonzero(scene.part_map == part)[0].mean()
            if (scene.part_map == part).any()
            else np.nan
            for part in (composite.WINDOW, composite.BODY, composite.WHEEL)
        ]
        if settings is cars.SHOWN:
            assert rows == sorted(rows)  # from the top down
    assert found == set(range(len(cars.PARTS)))


def test_a_data_set_has_class_maps_or_part_maps():
    images, classes = cars.render_dataset(3, 5, SIZE, workers=1, progress=False)
    again, parts = cars.render_dataset(3, 5, SIZE, workers=1, progress=False, parts=True)
    assert np.array_equal(images, again) and parts.max() == composite.GROUND
    assert np.array_equal((parts > 0) & (parts < composite.GROUND), classes == 1)


def test_shading_every_second_sample_moves_no_mask_and_hardly_a_colour():
    for seed in range(4):
        whole = cars.render(seed, SIZE)
        thin = cars.render(seed, SIZE, settings=replace(cars.SHOWN, thin=True))
        assert np.array_equal(whole.instance_map, thin.instance_map)
        assert np.abs(whole.image.astype(int) - thin.image).mean() < 2.5


@pytest.mark.parametrize(
    ("settings", "other"), [(cars.TRAIN, cars.HELD_OUT), (cars.HELD_OUT, cars.TRAIN)]
)
def test_nothing_of_the_other_set_stands_in_a_picture(settings, other, monkeypatch):
    names, choose = set(), uprights.choose
    monkeypatch.setattr(uprights, "choose", lambda rng, name: names.add(name) or choose(rng, name))
    settings = full(replace(settings, reflections=0.0), "in_front")
    for seed in range(25):
        cars.render(seed, (32, 48), settings=settings)
    parts = ("behind", "things", "in_front", "textures")
    assert len(names) > 4
    assert not names & {name for part in parts for name in getattr(other, part)}


def test_every_part_of_the_variety_is_off_in_the_settings_that_are_shown():
    new = [field.name for field in fields(cars.Settings)][8:]
    for settings in (cars.SHOWN, cars.SHOWN_HELD_OUT):
        values = {name: getattr(settings, name) for name in new}
        assert values.pop("zoom") == 1.0
        assert all(value in (NOTHING, 0.0, {1: 1.0}) for value in values.values()), values


def test_there_is_a_drawing_for_every_name_in_the_settings():
    for settings in (cars.TRAIN, cars.HELD_OUT):
        assert without_none(settings.in_front).keys() <= standing.NEAR.keys()
        assert without_none(settings.grounds).keys() <= ground.MAKERS.keys()
        for part in (settings.behind, settings.things):
            assert without_none(part).keys() <= uprights.MAKERS.keys()
        textures = without_none(settings.textures).keys()
        assert textures <= uprights.MAKERS.keys() | outdoors.PATCHES.keys()
