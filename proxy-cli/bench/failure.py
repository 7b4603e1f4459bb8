"""What ends a run before it is done."""


class WrongUse(Exception):
    """The arguments are wrong, or something that is needed is absent; exit code 2."""


class Failed(Exception):
    """Something that was started did not do its work; exit code 1."""
