"""What every check is made of: handles on the learner's objects, comparisons, words."""
