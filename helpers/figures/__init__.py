"""The figures of the notebooks, one module a topic: they draw tensors that they are given."""
