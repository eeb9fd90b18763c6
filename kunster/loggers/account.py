"""The W&B account of this machine, asked for without ever prompting."""

from functools import cache

from kunster.errors import UserError


def check_account(wish: str, otherwise: str = "") -> None:
    """Raises UserError where no W&B account is known, so that W&B never stops to ask for one."""
    if _has_account():
        return
    ways = ["run `wandb login` or set WANDB_API_KEY", otherwise]
    raise UserError(f"{wish}: no W&B account on this machine; {', '.join(filter(None, ways))}")


@cache
def _has_account() -> bool:
    """Asked once, for W&B takes seconds to answer."""
    import wandb

    known = wandb.login(prompt=False, verify=False)
    wandb.teardown()  # the service that answers: runs started from here would share it, and its end
    return known
