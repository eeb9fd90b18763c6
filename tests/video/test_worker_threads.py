import threading
import time
import tracemalloc

import numpy as np
import pytest

from kunster.video.worker_threads import run, worked_on

DEADLINE = 20  # s; far beyond what any of this takes


def threads_left():
    return [thread for thread in threading.enumerate() if thread.name.startswith(("read", "work"))]


@pytest.fixture(autouse=True)
def nothing_keeps_running():
    yield
    until = time.monotonic() + DEADLINE
    while threads_left() and time.monotonic() < until:
        time.sleep(0.01)
    assert threads_left() == []


def test_results_come_in_order_though_workers_finish_in_another():
    finished = []

    def slower_for_even(number):
        time.sleep(0.02 * (number % 2 == 0))
        finished.append(number)
        return -number

    taken = []
    run(range(40), slower_for_even, 3, taken.append)
    assert taken == [-number for number in range(40)]
    assert finished != sorted(finished)


def test_the_workers_work_at_the_same_time():
    meeting = threading.Barrier(3, timeout=DEADLINE)
    run(range(6), lambda number: meeting.wait(), 3, lambda result: None)


def test_reading_working_and_writing_overlap():
    """The reader goes on only once the work, and then the writing, on the frame before began."""
    working, writing = threading.Event(), threading.Event()

    def read():
        yield 0
        assert working.wait(DEADLINE)
        yield 1
        assert writing.wait(DEADLINE)
        yield 2

    def work(number):
        working.set()
        return number

    taken = []

    def write(number):
        taken.append(number)
        writing.set()

    run(read(), work, 1, write)
    assert taken == [0, 1, 2]


class BrokenError(Exception):
    pass


def endless(closed):
    try:
        number = 0
        while True:
            yield number
            number += 1
    finally:
        closed.append(threading.current_thread().name)


@pytest.mark.parametrize("error", [BrokenError, KeyboardInterrupt])
@pytest.mark.parametrize("stage", ["reading", "working", "writing"])
def test_an_error_in_any_stage_ends_all_and_comes_out_once(stage, error):
    closed = []

    def read():
        for number in endless(closed):
            if stage == "reading" and number == 5:
                raise error("read")
            yield number

    def work(number):
        if stage == "working" and number >= 5:  # every further one fails too
            raise error("worked")
        return number

    taken = []

    def write(number):
        if stage == "writing" and number == 5:
            raise error("written")
        taken.append(number)

    with pytest.raises(error) as raised:
        run(read(), work, 2, write)
    assert str(raised.value) in ("read", "worked", "written")
    assert raised.value.__context__ is None
    assert taken == [0, 1, 2, 3, 4]


def test_what_is_read_is_closed_in_the_thread_that_read_it():
    closed = []
    results = worked_on(endless(closed), lambda number: number, 2)
    assert next(results) == 0
    results.close()
    assert closed == ["reader"]


def test_reading_waits_when_writing_is_slow():
    read = []

    def count():
        for number in range(200):
            read.append(number)
            yield number

    ahead = []

    def write(number):
        time.sleep(0.001)
        ahead.append(len(read) - number)

    run(count(), lambda number: number, 2, write)
    assert max(ahead) <= 2 + 4 + 3  # workers, ahead, and one in each hand


def test_a_reader_that_does_not_react_is_left_behind(monkeypatch):
    monkeypatch.setattr("kunster.video.worker_threads.PATIENCE", 0.05)
    release = threading.Event()

    def stuck():
        yield 0
        release.wait(DEADLINE)

    began = time.monotonic()
    with pytest.raises(BrokenError):
        run(stuck(), lambda number: number, 1, lambda number: (_ for _ in ()).throw(BrokenError))
    assert time.monotonic() - began < DEADLINE / 2
    release.set()


@pytest.mark.parametrize("frames", [50, 400])
def test_memory_does_not_grow_with_the_number_of_frames(frames):
    def read():
        for _ in range(frames):
            yield np.zeros(100_000, np.uint8)

    tracemalloc.start()
    run(read(), lambda frame: frame + 1, 2, lambda frame: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25 * 100_000
