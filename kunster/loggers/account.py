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
    """Cached: W&B starts a service to answer."""
    keep_quiet()
    import wandb

    # Not silent, W&B asks the server whom to greet; where none answers within seconds, it gives up,
    # and teardown() may then wait for ever for the service, which still has that to say.
    wandb.setup(settings=wandb.Settings(silent=True))
    known = wandb.login(prompt=False, verify=False)
    wandb.teardown()  # later runs in this process would share the service that answered
    return known
