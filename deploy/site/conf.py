"""Sphinx's settings of the site: nothing is run, and nothing is taken from another server."""

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

project = "Semantic segmentation with a U-Net"
author = "the course's authors"
html_title = project
extensions = ["myst_nb"]
language = "en"

nb_execution_mode = "off"
nb_render_markdown_format = "myst"
nb_ipywidgets_js = {}
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

html_theme = "sphinx_book_theme"
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],
}
html_context = {"default_mode": "auto"}  # as the reader's system has it
html_copy_source = False
html_static_path = ["static"]
html_favicon = "static/icon.svg"
html_css_files = ["course.css"]


def formula(writer, node):
    """A formula as MathML, which browsers draw themselves: MathJax would come from a server."""
    block = isinstance(node, nodes.math_block)
    tag = "div" if block else "span"
    markup = tex2mathml(node.astext(), as_block=block)
    writer.body.append(f'<{tag} class="math">{markup}</{tag}>')
    raise nodes.SkipNode


def setup(app):
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (formula, None), (formula, None))
