"""Check for a W&B account on this machine, without a prompt."""

from functools import cache

from kunster.console.quiet import keep_quiet
from kunster.errors import UserError


def check_account(wish: str, otherwise: str = "") -> None:
    """Raises UserError if this machine has no W&B account, before W&B would ask for one."""
    if _has_account():
        return
    ways = ["run `wandb login` or set WANDB_API_KEY", otherwise]
    raise UserError(f"{wish}: no W&B account on this machine; {', '.join(filter(None, ways))}")


@cache
def _has_account() -> bool:
    """Cached: W&B takes seconds to answer."""
    keep_quiet()
    import wandb

    known = wandb.login(prompt=False, verify=False)
    wandb.teardown()  # later runs in this process would share the service that answered
    return known
