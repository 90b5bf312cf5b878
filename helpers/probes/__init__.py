"""What runs beside the learner's code and reports what it saw.

A probe is a function of a module in this package. It gets the learner's object and plain data,
runs the object, and returns plain data. It holds no right answer and expects nothing: the checks
judge, in this process (a learner's notebook) or in the grader's (`make grade`).
"""
