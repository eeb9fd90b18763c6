"""Looks at a training: when they are due, and what share of its time they take."""

import pytest

from kunster.callbacks.look_clock import MOST_SHARE, LookClock


def look(clock, looks, seconds=0.0):
    with looks.look():
        clock.now += seconds


def test_the_first_is_due_after_its_seconds_and_the_next_after_theirs(clock):
    looks = LookClock(first=10, every=60)
    clock.now += 9.9
    assert not looks.due()
    clock.now += 0.1
    assert looks.due()
    look(clock, looks)
    clock.now += 59.9
    assert not looks.due()
    clock.now += 0.1
    assert looks.due()


def test_a_wished_one_is_due_at_once_unless_the_last_was_slow(clock):
    looks = LookClock(first=10, every=60)
    assert looks.due(wished=True)
    look(clock, looks, seconds=3)
    clock.now += 3 / MOST_SHARE - 0.1
    assert not looks.due(wished=True)
    assert not looks.due()
    clock.now += 0.1
    assert looks.due(wished=True)
    assert looks.due()


@pytest.mark.parametrize("seconds", [0.1, 1, 5])
def test_all_but_the_first_take_the_share_at_most(seconds, clock):
    looks, began = LookClock(first=10, every=60), clock.now
    for step in range(10_000):
        clock.now += 0.1
        if looks.due(wished=step % 20 == 0):
            look(clock, looks, seconds)
    spent = seconds * (looks.looks - 1)
    assert 0.3 * MOST_SHARE < spent / (clock.now - began) <= MOST_SHARE
