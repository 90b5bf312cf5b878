"""The site shows what the notebooks do, gives no answers and needs no other server."""

import functools
import html
import http.server
import os
import re
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from deploy.site import pages
from tests import browser, course

BODY = re.compile(r"### BEGIN SOLUTION\n(.*?)\n\s*### END SOLUTION", re.DOTALL)
OWN = 25  # characters: a shorter body, such as `self.forward(x)`, may be anywhere


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the site's pages."""
    target = tmp_path_factory.mktemp("site")
    assert pages.main(target) == 0
    return target / "html"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of files that prints nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address(built):
    """Where the site is served."""
    handler = functools.partial(Quiet, directory=built)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def squeezed(text):
    """A text without spaces, comments and tags."""
    return re.sub(r"\s", "", re.sub(r"#[^\n]*", "", html.unescape(re.sub(r"<[^>]+>", "", text))))


def statements(notebook):
    """The bodies of a notebook's solutions, as they would be found in a page."""
    for exercise in course.exercises(notebook).values():
        for body in BODY.findall(exercise.source):
            yield exercise.name, squeezed(body)


def test_no_page_holds_an_answer_or_a_hidden_test(built):
    text = {path: squeezed(path.read_text("utf-8")) for path in built.rglob("*.html")}
    text |= {path: squeezed(path.read_text("utf-8")) for path in built.glob("*.js")}
    looked = 0
    for name in course.NAMES:
        for exercise, body in statements(name):
            if len(body) >= OWN:
                looked += 1
                assert not [path.name for path, page in text.items() if body in page], exercise
    assert looked >= 20
    exercises = [e for name in course.NAMES for e in course.exercises(name).values()]
    graded = {f"check.{test}(" for exercise in exercises for test in exercise.tests}
    assert len(graded) >= 80
    assert not [test for test in graded for page in text.values() if test in page]
    assert not [*built.rglob("*.ipynb"), *built.rglob("*.md")]


def test_what_earlier_exercises_ask_for_has_no_body():
    answers = {"conv_block": "03_conv_block", "UNet.forward": "05_unet_forward"}
    source = (
        "def conv_block(a):\n    '''Doc.'''\n    return a\n\n"
        "class UNetC(UNet):\n    def forward(self, x):\n        return x\n\n"
        "class Fixed(nn.Module):\n    def forward(self, x):\n        return x\n"
    )
    left = pages.without_answers(source, answers)
    assert left.count("return") == 1 and "class Fixed" in left and "'''Doc.'''" in left
    assert "notebook 03" in left and "notebook 05" in left
    compile(left, "left", "exec")
    stub = "def conv_block(a):\n    # YOUR CODE HERE\n    raise NotImplementedError('x')"
    assert pages.without_answers(stub, answers) == stub


def test_every_exercise_and_figure_is_there(built):
    for name, book in pages.load().items():
        page = html.unescape((built / name / f"{name}.html").read_text("utf-8"))
        for number, title in book.exercises.items():
            assert f"Exercise {number}: {title}" in page.replace("’", "'")
        pictures = re.findall(r"<img[^>]*>", page)
        assert len(pictures) >= 2
        assert [tag[:80] for tag in pictures if not re.search(r'alt="[^"]{20,}"', tag)] == []


@pytest.mark.skipif(  # CI has Chromium, or fails
    not browser.CHROMIUM and "CI" not in os.environ, reason="Chromium is not installed"
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser(address, scheme):
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.FLAGS)
        page = chromium.new_page(viewport=browser.LAPTOP, color_scheme=scheme)
        elsewhere, complaints = [], []
        page.on(
            "request",
            lambda r: None if r.url.startswith((address, "data:")) else elsewhere.append(r.url),
        )
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        page.get_by_role("cell").get_by_role("link", name="02. Transposed convolution").click()
        expect(page.get_by_role("heading", name="02. Transposed convolution")).to_be_visible()
        assert page.locator("math").count() >= 3
        page.screenshot(path=browser.ARTEFACTS / f"site-{scheme}.png")
        assert complaints == []  # axe asks for files in vain
        serious = [
            violation["id"]
            for violation in Axe().run(page).response["violations"]
            if violation["impact"] in {"serious", "critical"}
        ]
        page.goto(f"{address}/search.html?q=checkerboard")
        found = page.locator("#search-results li a").all_inner_texts
        expect(page.locator("#search-results li").first).to_be_visible()
        assert {"02. Transposed convolution", "Glossary"} <= set(found())
        chromium.close()
    assert (elsewhere, serious) == ([], [])
