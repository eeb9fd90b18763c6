"""Leaves a SIGTERM to whoever handled it before training began."""

import signal

import lightning as L


class HandedOnTermination(L.Callback):
    """Puts back the handler of SIGTERM that Lightning covers with its own, if there was one.

    Lightning ends the run at the signal. submitit goes on: Slurm sends it to a job that it is about
    to preempt, and starts it again later only if it is still there when the time of grace is over.
    """

    def __init__(self) -> None:
        self.before = signal.getsignal(signal.SIGTERM)

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        if callable(self.before):
            signal.signal(signal.SIGTERM, self.before)
