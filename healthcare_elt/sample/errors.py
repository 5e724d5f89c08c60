"""What can go wrong with a sample. Here belongs no wording: who raises it says what, where and what to do."""


class SampleError(Exception):
    """The sample cannot be written as asked: one sentence that says what to do."""
