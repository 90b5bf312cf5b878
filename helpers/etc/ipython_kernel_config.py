"""`make` copies this to .venv/etc/ipython, where every kernel of the environment reads it.

So one sentence says what to do when a cell is run before those above it.
"""

c = get_config()  # noqa: F821  # pyright: ignore[reportUndefinedVariable]  # IPython gives it
c.InteractiveShellApp.extensions.append("helpers.session")
