"""Keeps the handler of SIGTERM that was set before training began."""

import signal

import lightning as L


class HandedOnTermination(L.Callback):
    """Restores the handler of SIGTERM that Lightning replaces, if there was one.

    Lightning's handler ends the run. submitit's lets it go on: Slurm sends the signal to a job that
    it is about to preempt, and requeues it only if it still runs when the grace period is over.
    """

    def __init__(self) -> None:
        self.before = signal.getsignal(signal.SIGTERM)

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        if callable(self.before):
            signal.signal(signal.SIGTERM, self.before)
