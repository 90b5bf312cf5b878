"""Checks of the exercises, one module a notebook; `core` is what they are made of."""
