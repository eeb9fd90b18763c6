"""The one error that is the user's to mend."""


class UserError(ValueError):
    """Says in one or two lines which value is wrong, what is allowed and what to do.

    Commands print it without a traceback and end with exit code 2.
    """
