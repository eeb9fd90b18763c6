"""The error for mistakes that the user can correct."""


class UserError(ValueError):
    """A mistake of the user; the message says what is wrong, what is allowed and what to do.

    It is one or two lines long. Commands print it without a traceback and end with exit code 2.
    """
