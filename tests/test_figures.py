"""The figures say what they show: text alternatives, shapes, the first mismatch, every step."""

import html
import io
import re
import sys

import nbformat
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from helpers import notebook_code, show
from helpers.data import fit, load_picture
from helpers.figures import blocks, gallery, transposed, unet, window
from helpers.figures.explore import explore, slider_over
from helpers.notebook_code import unet_class
from tests import course
from tests.conftest import controls

SMALL = (4, 5, 6, 7)


@pytest.mark.parametrize(
    "before, after, facts",
    [
        (
            torch.zeros(1, 3, 8, 12),
            lambda x: x.mean(1, keepdim=True) + 0.5,
            ["(1, 3, 8, 12), float32, 0 to 0", "(1, 1, 8, 12), float32, 0.50 to 0.50"],
        ),
        (
            torch.ones(2, 8, 12, dtype=torch.int64),
            lambda x: torch.stack([x == 0, x == 1], 1),
            ["(2, 8, 12), int64, 1 to 1", "(2, 2, 8, 12), bool, 50% true"],
        ),
        (
            fit(load_picture("car").image),
            lambda image: torch.rand(1, 2, 16, 24),
            ["PIL image, 144 x 96 pixels", "(1, 2, 16, 24), float32"],
        ),
        (torch.rand(1, 3, 8, 12), nn.Conv2d(3, 9, 3), ["(1, 9, 6, 10), float32"]),
    ],
)
def test_before_after_draws_any_picture_with_shapes_and_ranges(before, after, facts, shown):
    show.before_after("f", after, before, alt="What is seen.")
    words = alternative(shown)
    assert words.startswith("What is seen. (before: ") and "; f: " in words
    for fact in facts:
        assert fact in words


def alternative(outputs):
    """The text alternative of the last figure."""
    words = re.findall(r'<img class="course" alt="([^"]*)"', outputs[-1]["text/html"])[0]
    alt = html.unescape(words)
    assert alt == outputs[-1]["text/plain"]
    return alt


@pytest.mark.parametrize("wired", [True, False])
def test_learners_unet_is_drawn_with_its_own_shapes(wired, shown):
    unet.draw_learner_unet(unet_class()(features=SMALL), torch.rand(1, 3, 16, 24), SMALL, wired)
    text = alternative(shown)
    assert "enc4 (7, 2, 3)" in text and "out (2, 16, 24)" in text and "wrong" not in text


def test_first_wrong_layer_is_marked_and_a_crash_leaves_the_rest_empty(shown, capsys):
    model = unet_class()(features=SMALL)
    model.dec3 = nn.Conv2d(12, 9, 3, padding=1)
    unet.draw_learner_unet(model, torch.rand(1, 3, 16, 24), SMALL)
    assert "first wrong shape is at dec3" in alternative(shown)
    assert "dec1" not in alternative(shown).split(".")[1]
    assert "Stopped with RuntimeError" in capsys.readouterr().out


def test_a_network_without_some_layers_is_drawn_as_far_as_it_goes(shown, capsys):
    model = unet_class()(features=SMALL)
    del model.enc3, model.out
    unet.draw_learner_unet(model, torch.rand(1, 3, 16, 24), SMALL, wired=False)
    assert "first wrong shape is at enc3" in alternative(shown)
    assert "AttributeError" in capsys.readouterr().out


def test_an_unwritten_forward_passes_through():
    class Unwritten(nn.Module):
        def forward(self, x):
            raise NotImplementedError

    with pytest.raises(NotImplementedError):
        unet.draw_learner_unet(Unwritten(), torch.rand(1, 3, 16, 24), SMALL)


X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize("kernel", [1, 2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1])
def test_sliding_window_gives_the_transposed_convolution(kernel, stride, padding):
    weight = torch.arange(1.0, kernel**2 + 1).reshape(1, 1, kernel, kernel)
    if padding >= kernel:
        with pytest.raises(ValueError, match="smaller than the kernel"):
            window.make_scene(X, kernel, stride, padding)
        page = window.view(X, 1, kernel=kernel, stride=stride, padding=padding)
        assert "smaller than the kernel" in page
        return
    scene = window.make_scene(X, kernel, stride, padding)
    expected = F.conv_transpose2d(X[None, None], weight, stride=stride, padding=padding)[0, 0]
    assert torch.equal(scene.result, expected)
    assert scene.steps == expected.numel()
    for step in (0, scene.steps - 1):
        total = (scene.window(step) * scene.kernel).sum()
        assert scene.words(step).endswith(f"= {total:g}")


def test_slider_moves_the_window_and_choices_start_it_again(shown):
    window.slide_window(X)
    assert shown[0]["text/plain"] == "A slider. Run this cell in JupyterLab."
    assert "strip of pictures" in shown[-1]["text/html"] and alternative(shown).count("Step") == 16
    lists, slider, view = controls(shown)
    assert slider.max == 16 and "row 0, column 0: 0·4 + 0·3 + 0·2 + 1·1 = 1" in view.value
    slider.value = 7
    assert 'alt="Step 7, row 1, column 2: 0·4 + 2·3 + 0·2 + 0·1 = 6"' in view.value
    lists.children[0].value = 1  # the stride
    assert (slider.value, slider.max) == (1, 9) and "Step 1," in view.value


def test_receptive_field_grows_with_the_slider(shown):
    sides = {"1 block": 5, "2 blocks": 9, "3 blocks": 13}
    blocks.draw_squares(torch.rand(3, 32, 48), sides, centre=(16, 24), alt="three squares")
    _, slider, view = controls(shown)
    assert slider.max == 3 and "1 block: one number has seen 5 x 5 pixels." in view.value
    slider.value = 3
    assert "3 blocks: one number has seen 13 x 13 pixels." in view.value
    assert alternative(shown) == "three squares"


def test_slider_shows_what_a_function_draws_and_a_strip_stands_in_for_it(shown):
    def view(value):
        return {"a map": torch.full((2, 3), value)}, f"The value is {value}."

    explore(view, range(1, 100), label="value", strip=(1, 99), start=50)
    _, slider, page = controls(shown)
    assert (slider.min, slider.value, slider.max) == (1, 50, 99)
    assert 'alt="The value is 50."' in page.value and "<p" in page.value
    slider.value = 7
    assert 'alt="The value is 7."' in page.value
    assert shown[-1]["text/plain"] == "The value is 1. The value is 99."
    assert shown[-1]["text/html"].count("<img") == 2


def test_slider_is_not_shown_for_what_cannot_be_drawn(shown):
    def unwritten(value):
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        explore(unwritten, range(3), label="value", strip=(0,))
    assert shown == []


def test_layers_are_shown_from_first_to_last_by_their_liveliest_channels(shown):
    model = unet_class()(features=(4, 5, 6, 9))
    with torch.no_grad():
        model.enc4[2].weight[3] = model.enc4[2].bias[3] = 0  # one channel says nothing
    unet.explore_layers(model, torch.rand(1, 3, 16, 24))
    _, slider, page = controls(shown)
    assert (slider.min, slider.max) == (1, 8)
    assert "enc1: its 4 channels, 16 x 24 each." in page.value
    slider.value = 4
    assert "enc4: the 8 that vary most of its 9 channels, 2 x 3 each." in page.value
    assert shown[-1]["text/html"].count("<img") == 8
    slider.value = 8
    assert "out: its 2 channels, 16 x 24 each." in page.value


def test_nothing_is_drawn_where_figures_are_off(monkeypatch, shown):
    monkeypatch.setenv("COURSE_FIGURES", "off")
    window.slide_window(X)
    unet.draw_unet()
    explore(lambda value: ({}, ""), range(2), label="value", strip=(0,))
    show.before_after("f", lambda x: x, torch.rand(1, 3, 8, 8), alt="")
    assert shown == []


def test_class_colours_are_those_made_for_colour_blind_readers():
    published = {"#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7"}  # Okabe and Ito
    assert set(show.CLASS_COLOURS[1:]) <= published


def test_page_of_figures_shows_what_the_notebooks_draw_with_words():
    page = (gallery.FIGURES / "README.md").read_text()
    shown = re.findall(r"^!\[(.+)\]\((.+)\)$", page, re.M)
    chosen = [
        f"{name[:2]}-{cell.split()[0]}.png"
        for name, cells in gallery.CHOSEN.items()
        for cell in cells
    ]
    assert [file for _, file in shown] == chosen
    assert sorted(path.name for path in gallery.FIGURES.glob("*.png")) == sorted(chosen)
    for words, file in shown:
        assert len(words) > 20
        assert Image.open(gallery.FIGURES / file).width <= 920


def test_figures_are_taken_from_a_cells_output_with_their_words():
    page = show.as_html(b"picture", 'a "map"')
    output = nbformat.v4.new_output("display_data", data={"text/html": page})
    cell = nbformat.v4.new_code_cell("draw()", outputs=[output], id="draw")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert gallery.figures_of(notebook, "draw") == [(b"picture", 'a "map"')]
    with pytest.raises(ValueError, match="no cell other"):
        gallery.figures_of(notebook, "other")


def test_the_page_of_figures_is_made_of_what_the_notebooks_draw(tmp_path, monkeypatch, kernels):
    name, draw = "06_car_inference", "from helpers.show import as_html, png\n"
    draw += "import matplotlib.pyplot as plt\nfrom IPython.display import HTML\n"
    draw += "HTML(as_html(png(plt.subplots()[0]), 'one') + as_html(png(plt.subplots()[0]), 'two'))"
    path = tmp_path / "solutions" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    cell = nbformat.v4.new_code_cell(draw, id="draw")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "old.png").write_bytes(b"-")
    for place, value in {
        "ROOT": tmp_path,
        "ASSETS": tmp_path,
        "FIGURES": tmp_path / "figures",
        "README": (name, "draw"),
        "CHOSEN": {name: ("draw 2",)},
    }.items():
        monkeypatch.setattr(gallery, place, value)
    monkeypatch.chdir(course.ROOT)
    gallery.main()
    page = (tmp_path / "figures" / "README.md").read_text()
    assert page.endswith("## 06. Inference: cut out the car\n\n![two](06-draw.png)\n")
    assert [path.name for path in (tmp_path / "figures").glob("*.png")] == ["06-draw.png"]
    assert Image.open(tmp_path / "readme.png").format == "PNG"


def test_without_controls_what_they_show_is_still_there(shown, monkeypatch):
    monkeypatch.setitem(sys.modules, "helpers.widgets", None)  # cannot be imported
    slider_over(lambda step: "", lambda: range(1, 2), {"a window": b"png"}, "All steps")
    assert len(shown) == 1 and "<summary>All steps</summary>" in shown[0]["text/html"]


def test_a_window_that_cannot_be_has_one_step_to_say_so():
    assert list(window.steps(X, kernel=1, stride=1, padding=1)) == [1]
    assert len(window.steps(X, kernel=1, stride=1, padding=0)) == 4


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (1, 2, 3, 4)])
def test_what_is_not_one_map_cannot_be_drawn_as_one(shape):
    with pytest.raises(ValueError, match="expected one map"):
        transposed.plane(torch.zeros(shape))
    assert transposed.plane(torch.zeros(1, 1, 2, 3)).shape == (2, 3)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (2, 3, 4, 5)])
def test_what_is_no_picture_is_said(shape):
    with pytest.raises(ValueError, match="expected one RGB picture or one map"):
        show.as_array(torch.zeros(shape))


def test_a_terminal_without_a_mark_prints_a_question_mark(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, "ascii"))
    show.print_what_it_can()
    print("✓ right", flush=True)
    assert written.getvalue() == b"? right\n"


def test_code_is_taken_from_notebooks_that_are_there_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(notebook_code, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError, match="only the instructor's copy has solutions"):
        notebook_code.solution_names("06_car_inference")
    with pytest.raises(FileNotFoundError, match="there is no notebook 06_car_inference"):
        notebook_code.inference_names.__wrapped__()
