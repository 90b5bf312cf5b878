"""Shared code of the course: data, pictures, checks and weights."""
