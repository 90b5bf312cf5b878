"""A learner's hours in a real JupyterLab: each page is opened, run, answered, validated, looked at.

Screenshots are kept in `test-results/`, or where COURSE_ARTEFACTS says.
"""

import os
import re
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from helpers import manifest
from helpers.notebook import kind_of
from tests import course
from tests.browser import ARTEFACTS, CHROMIUM, FLAGS, LAPTOP, RUN_MS, Notebook, copy_course, lab
from tests.classes import solved_release, unsolved_release

SECOND = "02_transposed_convolution"
SLIDERS = {SECOND: 1, "03_conv_block": 1, "05_unet_forward": 1, "06_car_inference": 1}
pytestmark = pytest.mark.skipif(  # CI has Chromium, or fails
    not CHROMIUM and "CI" not in os.environ, reason="Chromium is not installed"
)


@pytest.fixture(scope="module")
def browser():
    """One Chromium for all tests."""
    assert CHROMIUM, "Chromium is not installed: on Debian, apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def root(tmp_path_factory, kernels):
    """A copy of the course, as a newcomer has it."""
    target = tmp_path_factory.mktemp("newcomer")
    copy_course(target)
    return target


@pytest.fixture(scope="module")
def address(root):
    """The course, started as the README says."""
    with lab(root) as started:
        yield started


@pytest.fixture(scope="module")
def page(browser):
    """One page, which loads JupyterLab once."""
    return browser.new_page(viewport=LAPTOP)


@pytest.fixture
def opened(page, root, address):
    """Open a notebook; at the end its kernel is shut down, and the console is looked at."""
    notebooks = []

    def open_notebook(name, content=None):
        notebooks.append(Notebook(page, root, address, name, content))
        return notebooks[-1]

    yield open_notebook
    for notebook in notebooks:
        notebook.close()
        assert not notebook.complaints, "\n".join(notebook.complaints)


def errors_of(notebook):
    """The errors that a saved notebook shows: by cell id, the outputs."""
    return {
        cell.id: [o for o in cell.outputs if o.output_type == "error"]
        for cell in notebook.cells
        if cell.cell_type == "code" and any(o.output_type == "error" for o in cell.outputs)
    }


@pytest.mark.parametrize("name", course.NAMES)
def test_a_notebook_runs_as_it_is_given_and_when_it_is_solved(name, opened):
    notebook = opened(name)
    assert_that_the_page_begins_with_its_picture(notebook)
    notebook.run_all()
    assert_that_only_exercises_fail(notebook)
    for exercise in course.exercises(name).values():
        notebook.write(exercise.name, exercise.source)
    notebook.run_all()
    assert_that_everything_passes_and_shows(notebook)


def assert_that_only_exercises_fail(notebook):
    """As it is given, every cell runs, and the graded ones say what to do."""
    saved = notebook.save()
    for cell in saved.cells:
        if cell.cell_type == "code":
            assert cell.execution_count, cell.id
            assert not [o for o in cell.outputs if o.get("name") == "stderr"], cell.id
    errors = errors_of(saved)
    assert errors.keys() == {c.id for c in saved.cells if kind_of(c) == "test"}
    for cell_id, outputs in errors.items():
        assert outputs[0].ename == "NotImplementedError"
        assert outputs[0].evalue == "you have not written this exercise yet"
        expect(notebook.cell(cell_id).locator(".jp-OutputArea")).to_have_text(
            "NotImplementedError: you have not written this exercise yet"
        )
    notebook.picture("not-written", cell_id=next(iter(errors)))
    assert_that_everything_fits(notebook)


def assert_that_the_page_begins_with_its_picture(notebook):
    """Before anything has run: title, sentence and the whole picture, on a laptop's screen."""
    image = notebook.cell("opening-figure").locator("img.course")
    expect(image).to_be_visible()
    notebook.page.wait_for_function(
        "image => image.complete && image.naturalWidth > 300", arg=image.element_handle()
    )
    box = image.bounding_box()
    bar = notebook.page.locator("#jp-bottom-panel").bounding_box()
    assert box["y"] + box["height"] <= bar["y"], "the picture ends below the screen"
    expect(notebook.cell("setup").locator(".cm-content")).not_to_be_visible()
    notebook.picture("top")


def assert_that_everything_passes_and_shows(notebook):
    """Solved, no cell fails or waits, and everybody can read and use what is shown."""
    saved = notebook.save()
    assert errors_of(saved) == {}
    printed = [o.get("text", "") for c in saved.cells for o in c.get("outputs", [])]
    for said in ("Waiting for exercise", "Its tests say more", "in place", "not there yet"):
        assert not [text for text in printed if said in text]
    notebook.run("progress")
    points = manifest.load()[notebook.name].points
    expect(notebook.cell("progress")).to_contain_text(f"{points:g} of {points:g} ✓")
    assert_that_everything_fits(notebook)
    assert_that_sliders_change_their_pictures(notebook)
    assert_that_all_can_read_it(notebook)


def assert_that_all_can_read_it(notebook):
    """No serious fault of accessibility (axe-core) in what the course puts into the page."""
    page = notebook.page
    # axe sees a text only where it is on the screen, and in a body with a height
    page.add_style_tag(content="body {height: 100vh}")
    page.locator(OURS).evaluate_all(PUT, PALE)
    scrolled = page.locator(".jp-Notebook .jp-WindowedPanel-outer")
    height = scrolled.evaluate("e => e.scrollHeight")
    page.set_viewport_size({"width": LAPTOP["width"], "height": height + 400})
    scrolled.evaluate("e => e.scrollTo(0, 0)")
    found = Axe().run(page, context=OURS, options=RULES).response
    page.locator(".pale").evaluate_all("pale => pale.forEach(e => e.remove())")
    page.set_viewport_size(LAPTOP)
    faults = [
        (violation["id"], node["html"])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    seen = [fault for fault in faults if 'class="pale"' in fault[1]]
    assert [fault for fault in faults if fault not in seen] == []
    assert len(seen) == 2, "axe sees the first place and the last, and so all"
    # JupyterLab gives a picture without a text alternative this one
    assert page.locator('.jp-Notebook img[alt="Image"]').count() == 0


# Texts and outputs, and nothing of JupyterLab's own, as links in a text are
OURS = ".jp-Notebook .jp-RenderedHTMLCommon, .jp-Notebook .jp-OutputArea-output"
# A text that axe must find goes to the end of the first and the last that are shown
PALE = '<p class="pale" style="color: #888; background: #999">pale</p>'
PUT = """(places, pale) => {
    const shown = places.filter(e => e.checkVisibility() && e.offsetHeight);
    for (const e of [shown[0], shown.at(-1)]) e.insertAdjacentHTML('beforeend', pale);
}"""
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa"],
    "rules": {"link-in-text-block": {"enabled": False}},
}


def wrong_states(notebook, cells):
    """Run cells by hand and read the last one's output."""
    for cell_id in cells:
        notebook.run(cell_id)
    return notebook.cell(cells[-1]).locator(".jp-OutputArea").first


def test_a_guess_is_answered_at_once(opened):
    notebook = opened(SECOND)
    typed = wrong_states(notebook, ["setup", "predict-2-1"])
    typed.locator("input").fill("9, 12")
    notebook.page.keyboard.press("Enter")
    expect(typed).to_contain_text("Not quite. Zeros stand between pixels only")
    typed.locator("input").fill("(7, 10)")
    notebook.page.keyboard.press("Enter")
    expect(typed).to_contain_text("Right: (7, 10). 3 rows have 2 gaps")
    chosen = wrong_states(notebook, ["predict-2-4"])
    chosen.get_by_role("button", name="3", exact=True).click()
    expect(chosen).to_contain_text("Not quite. 3 is larger than the stride")
    notebook.picture("guess", cell_id="predict-2-4")


def test_an_answer_with_an_error_is_not_tested_in_its_old_version(opened):
    notebook = opened(SECOND)
    right = course.exercises(SECOND)["insert_zeros"].source
    notebook.write("insert_zeros", right)
    cells = ["setup", "insert_zeros", "insert_zeros_size"]
    expect(wrong_states(notebook, cells)).to_contain_text("✓")
    for wrong, why in (
        (right.replace("return result", "return result)"), "SyntaxError"),
        (right.replace("def insert_zeros", "def insert_zero"), "change the name"),
    ):
        notebook.write("insert_zeros", wrong)
        said = wrong_states(notebook, ["insert_zeros", "insert_zeros_size"])
        expect(said).to_contain_text("When you last ran the answer cell of exercise 2.1")
        expect(said).to_contain_text(why)
        expect(said).not_to_contain_text("✓")
    notebook.picture("stale", cell_id="insert_zeros_size")


def test_a_cell_that_runs_first_after_a_restart_says_what_to_do(opened):
    notebook = opened(SECOND)
    said = wrong_states(notebook, ["insert_zeros_size"])
    expect(said).to_have_text(
        re.compile(
            "^NameError: `check` is not known, because this kernel has just started. Run the cells "
            "above first: menu Run, Run All Above Selected Cell.$"
        )
    )
    notebook.picture("restart", cell_id="insert_zeros_size")


def with_only(name, *cell_ids):
    """A solved notebook with these cells and what they need: setup, given and answer cells."""
    notebook = solved_release(name)
    kept = ("given", "answer")
    notebook.cells = [c for c in notebook.cells if kind_of(c) in kept or c.id in cell_ids]
    return notebook


PHOTOS = {
    "a web address": ("https://example.org/car.jpg", "Save the picture on this computer first"),
    "a folder": (".", "is a folder. Add the name of a picture"),
    "no file": ("my_cra.jpg", "There is no file my_cra.jpg. Pictures there: "),
    "a format of phones": ("phone.heic", "Save the photo as JPEG or PNG"),
    "long and thin": ("thin.png", "5000 x 1 pixels, too long and thin"),
    "no picture": ("text.png", "text.png is no picture that Pillow can read"),
    "in quotes": ("' wide.png '", ""),
}


def test_photos_that_cannot_be_used_are_refused_in_a_sentence(opened, root):
    name = "06_car_inference"
    notebook = opened(name, with_only(name, "own-photo"))
    folder = root / "notebooks" / name
    Image.new("RGB", (5000, 1)).save(folder / "thin.png")
    Image.new("RGB", (300, 200), "navy").save(folder / "wide.png")
    (folder / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (folder / "text.png").write_text("text")
    notebook.run_all()
    source = next(c for c in notebook.saved().cells if c.id == "own-photo").source
    for kind, (path, told) in PHOTOS.items():
        notebook.write("own-photo", source.replace("my_photo = None", f"my_photo = {path!r}", 1))
        output = wrong_states(notebook, ["own-photo"])
        if told:
            expect(output).to_contain_text(told)
            assert "Traceback" not in output.inner_text(), kind
            assert output.inner_text().startswith("PhotoError: "), kind
        else:
            expect(output.locator("img.course")).to_be_visible()
        notebook.picture(f"photo-{kind.replace(' ', '-')}", cell_id="own-photo")
    for left in ("thin.png", "wide.png", "phone.heic", "text.png"):
        (folder / left).unlink()


def test_a_mask_can_be_painted_over_a_photo_and_saved(opened, root):
    name = "08_your_own_data"
    notebook = opened(name, with_only(name, "loop", "paint", "save-paint"))
    folder = root / "notebooks" / name
    Image.new("RGB", (300, 200), "navy").save(folder / "blue.png")
    notebook.run_all()
    source = next(c for c in notebook.saved().cells if c.id == "paint").source
    source = source.replace("my_photo = None", "my_photo = 'blue.png'", 1)
    notebook.write("paint", source.replace(", start=guess", ""))
    canvas = wrong_states(notebook, ["paint"]).locator("canvas")
    expect(canvas).to_be_visible()
    canvas.scroll_into_view_if_needed()
    for x, y in ((30, 40), (200, 40), (200, 150)):
        canvas.click(position={"x": x, "y": y})
    canvas.dblclick(position={"x": 30, "y": 150})
    notebook.page.get_by_role("button", name="erase").click()
    canvas.hover(position={"x": 100, "y": 100})
    notebook.page.mouse.down()
    canvas.hover(position={"x": 140, "y": 100})
    notebook.page.mouse.up()
    notebook.picture("painter", cell_id="paint")
    expect(wrong_states(notebook, ["save-paint"])).to_contain_text("Saved blue.png")
    with Image.open(folder / "my_photos" / "masks" / "blue.png") as mask:
        assert mask.size == (300, 200) and set(mask.tobytes()) == {0, 255}
        at = {spot: mask.getpixel(spot) for spot in ((60, 60), (120, 100), (250, 100), (60, 180))}
    assert at == {(60, 60): 255, (120, 100): 0, (250, 100): 0, (60, 180): 0}
    (folder / "blue.png").unlink()
    shutil.rmtree(folder / "my_photos")


def test_learners_see_none_of_the_instructors_panels(opened):
    notebook = opened(SECOND)
    notebook.page.get_by_role("menuitem", name="View", exact=True).click()
    menu = notebook.page.locator(".lm-Menu-content").first
    expect(menu).to_be_visible()
    assert "Create Assignment" not in menu.inner_text()
    expect(notebook.page.locator("[title='nbgrader Create Assignment']")).to_have_count(0)
    expect(notebook.page.get_by_role("menuitem", name="Nbgrader")).to_have_count(0)
    notebook.page.keyboard.press("Escape")


def assert_that_sliders_change_their_pictures(notebook):
    """An arrow key on each slider gives a picture with other words."""
    boxes = notebook.page.locator(
        ".jupyter-widgets.widget-vbox", has=notebook.page.locator(".noUi-handle")
    )
    assert boxes.count() == SLIDERS.get(notebook.name, 0)
    for box in boxes.all():
        image = box.locator("img")
        words = image.get_attribute("alt")
        box.locator(".noUi-handle").focus()
        notebook.page.keyboard.press("ArrowRight")
        expect(image).not_to_have_attribute("alt", words)
        box.screenshot(path=ARTEFACTS / f"{notebook.name}-slider.png")


def assert_that_everything_fits(notebook):
    """No code scrolls sideways, no figure is wider than its column or without words."""
    wide = notebook.page.evaluate("""() => [...document.querySelectorAll(
        '.jp-CodeCell .cm-scroller, .jp-RenderedHTMLCommon, .jp-OutputArea-output')]
        .filter(e => e.scrollWidth > e.clientWidth + 1 && !e.closest('.jp-mod-error')
                     && e.dataset.mimeType !== 'application/vnd.jupyter.error')
        .map(e => e.innerText.slice(0, 80) + ' is ' + e.scrollWidth + ' in ' + e.clientWidth)""")
    assert wide == []
    images = notebook.page.evaluate("""() => [...document.querySelectorAll('.jp-OutputArea img')]
        .map(i => [i.alt, i.getBoundingClientRect().width,
                   i.closest('.jp-OutputArea').clientWidth])""")
    assert images and all(alt for alt, _, _ in images)
    assert all(width <= column for _, width, column in images), images


def test_right_and_wrong_answers_are_told_apart_by_the_page_validate_and_the_report(opened):
    content = unsolved_release(SECOND)
    tools = ("before-you-submit", "progress")
    content.cells = [c for c in content.cells if kind_of(c) or c.id in tools]
    notebook = opened(SECOND, content)
    right = course.exercises(SECOND)["insert_zeros"].source
    wrong = next(
        a
        for a in course.bank(SECOND)["transposed_conv2d"]
        if a.fails.get("transposed_conv2d_kernel") == "was not flipped"
    )
    notebook.write("insert_zeros", right)
    notebook.write("transposed_conv2d", wrong.source)
    notebook.run_all()
    failed = notebook.cell("transposed_conv2d_kernel").locator(".jp-OutputArea")
    expect(failed).to_contain_text("was not flipped")
    expect(failed).not_to_contain_text("core.py")
    expect(notebook.cell("insert_zeros_size").locator(".jp-OutputArea")).to_contain_text("✓")
    notebook.picture("wrong", cell_id="transposed_conv2d_kernel")
    notebook.save()
    validate(notebook)
    run_it_whole(notebook)
    assert_that_progress_counts(notebook)


def validate(notebook):
    """Press nbgrader's button and read its answer."""
    notebook.page.get_by_text("Validate", exact=True).first.click()
    dialog = notebook.page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("failed", ignore_case=True, timeout=RUN_MS)
    told = dialog.inner_text()
    notebook.picture("validate")
    assert "was not flipped" in told and "check.transposed_conv2d_kernel" in told
    assert "check.insert_zeros_size" not in told
    dialog.get_by_role("button").last.click()
    expect(dialog).to_have_count(0)


def run_it_whole(notebook):
    """Press the course's button and read its report."""
    cell = notebook.cell("before-you-submit")
    cell.get_by_role("button", name="Run it whole").click()
    report = cell.locator(".jp-OutputArea").first
    expect(report).to_contain_text("Not yet", timeout=RUN_MS)
    told = report.inner_text()
    notebook.picture("report", cell_id="before-you-submit")
    assert re.search(r"visible checks: \d+ of 12 pass", told)
    assert "check 2.2b" in told and "was not flipped" in told
    assert "exercise 2.3, The size rule, is not written yet" in told
    assert "check 2.1" not in told and "Hidden tests" in told


def assert_that_progress_counts(notebook):
    """The table at the head counts what was saved."""
    notebook.run("progress")
    table = notebook.cell("progress").locator("table.course")
    expect(table).to_contain_text(re.compile(r"\d of 14"))
    expect(table).to_contain_text("exercise 2.2")
    notebook.picture("progress", cell_id="progress")


def test_glossary_opens_as_a_page(opened):
    notebook = opened(SECOND)
    notebook.page.get_by_role("link", name="Glossary").first.click()
    page = notebook.page.locator(".jp-MarkdownViewer")
    expect(page.get_by_role("heading", name="Glossary")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="receptive field")).to_have_count(1)
    notebook.picture("glossary")


def test_slider_moves_the_window(opened):
    notebook = opened(SECOND)
    for cell_id in ("setup", "stamps-figure", "slide-window"):
        notebook.run(cell_id)
    cell = notebook.cell("slide-window")
    image = cell.locator(".jupyter-widgets img")
    expect(image).to_have_attribute("alt", re.compile(r"^Step 1, row 0, column 0"))
    cell.locator(".noUi-handle").focus()
    notebook.page.keyboard.press("ArrowRight")
    expect(image).to_have_attribute("alt", re.compile(r"^Step 2, row 0, column 1"))
    expect(cell).to_contain_text("Step 2, row 0, column 1: 0·4 + 0·3 + 5·2 + 0·1 = 10")
    notebook.picture("slider", cell_id="slide-window")
    cell.locator("select").nth(0).select_option("3")  # the stride
    expect(image).to_have_attribute("alt", re.compile(r"^Step 1, "))
    for _ in range(4):
        cell.locator(".noUi-handle").focus()
        notebook.page.keyboard.press("ArrowRight")
    expect(image).to_have_attribute("alt", re.compile(r"^Step 5, row 0, column 4"))


def test_dark_theme_reads_as_well(opened):
    notebook = opened(course.NAMES[0])
    try:
        notebook.command("apputils:change-theme", theme="JupyterLab Dark")
        expect(notebook.page.locator("body[data-jp-theme-light=false]")).to_have_count(1)
        notebook.picture("dark-first")
        for cell_id in ("setup", "opening-figure", "progress"):
            notebook.run(cell_id)
        notebook.picture("dark", cell_id="progress")
        notebook.picture("dark-top")
        assert_that_all_can_read_it(notebook)
    finally:
        notebook.command("apputils:change-theme", theme="JupyterLab Light")
