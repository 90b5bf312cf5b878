"""What the instructor's side adds to nbgrader."""
