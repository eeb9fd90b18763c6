"""Learning rates: of networks of every width, and over the steps of a stage."""

import pytest
import torch
from torch import nn

from kunster.errors import UserError
from kunster.networks.stylizer import kunster
from kunster.objectives.optimisation import adam_by_fan_in, constant, one_cycle


@pytest.mark.parametrize(
    ("alpha", "beta", "fan_in"),
    [
        (0.125, 0.5, 16 * 27),  # less, but no more than the rate asked for
        (0.25, 0.5, 16 * 27),
        (1.0, 0.75, 64 * 27),
        (0.25, 1.0, 8 * 729),
        (1, 1, 32 * 729),
    ],
)
def test_networks_that_sum_up_more_learn_at_a_lower_rate(alpha, beta, fan_in):
    optimizer = adam_by_fan_in(kunster(alpha, beta).parameters(), lr=0.012, eps=1e-6)
    (group,) = optimizer.param_groups
    assert group["lr"] == pytest.approx(0.012 * (432 / fan_in) ** 0.75)
    assert group["eps"] == 1e-6


def test_a_rate_of_0_is_refused():
    with pytest.raises(UserError, match=r"^lr=0: must be more than 0$"):
        adam_by_fan_in([nn.Parameter(torch.zeros(1))], lr=0)


def rates(build, steps: int, rate: float, warmup: float) -> list[float]:
    """The learning rate of each step."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate)
    schedule, found = build(optimizer, steps=steps, warmup=warmup), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_a_cycle_rises_to_the_rate_asked_for_and_falls_to_almost_nothing():
    found = rates(one_cycle, 100, 0.2, 0.25)
    peak = found.index(max(found))
    assert max(found) == pytest.approx(0.2, rel=1e-3)
    assert peak == pytest.approx(25, abs=1)
    assert found[: peak + 1] == sorted(found[: peak + 1])
    assert found[peak:] == sorted(found[peak:], reverse=True)
    assert found[0] < 0.2 / 20
    assert found[-1] < 0.2 / 500


def test_a_constant_rate_rises_in_equal_steps_and_stays():
    assert rates(constant, 10, 0.5, 0.4) == pytest.approx([0.125, 0.25, 0.375, *[0.5] * 7])
