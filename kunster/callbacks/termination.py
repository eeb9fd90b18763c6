"""The handler of SIGTERM while a stage is trained."""

import signal

import lightning as L


class HandedOnTermination(L.Callback):
    """Replaces the handler of SIGTERM that Lightning sets when training begins.

    One that was set before stays. Lightning's ends the run; submitit's lets it go on: Slurm sends
    the signal to a job that it is about to preempt, and requeues it only if it still runs when the
    grace period is over.

    With several devices, SIGTERM is Ctrl-C to the first process, which ends the others. Lightning's
    handler broadcasts, and waits forever where the processes are not at the same collective.
    """

    def __init__(self) -> None:
        self.before = signal.getsignal(signal.SIGTERM)

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        if callable(self.before):
            signal.signal(signal.SIGTERM, self.before)
        elif trainer.world_size > 1:
            first = trainer.is_global_zero
            signal.signal(signal.SIGTERM, signal.default_int_handler if first else signal.SIG_IGN)
