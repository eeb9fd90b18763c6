"""A reader thread and worker threads whose results come out in order.

The queue between them is bounded, so memory does not grow with the input. An error in any thread,
or Ctrl-C, ends the others and is raised once, where the results are taken.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4  # items read before a worker has time for them
PATIENCE = 2.0  # s after which a reader that does not react is abandoned
GLANCE = 0.1  # s between two checks whether results are still wanted


def run(
    items: Iterable[T],
    work: Callable[[T], R],
    workers: int,
    sink: Callable[[R], object],
    ahead: int = AHEAD,
) -> None:
    """Calls `sink` with `work(item)` of each item, in order and in this thread."""
    with closing(worked_on(items, work, workers, ahead)) as results:
        for result in results:
            sink(result)


def worked_on(
    items: Iterable[T], work: Callable[[T], R], workers: int, ahead: int = AHEAD
) -> Generator[R, None, None]:
    """Yields `work(item)` in the order of the items, with `workers` of them at the same time.

    Each result is yielded as soon as it is ready, whether or not there is a next item.
    """
    queue: Queue[Future[R] | None] = Queue(workers + ahead)
    unwanted = Event()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="worker")
    arguments = (items, work, pool, queue, unwanted)
    reader = Thread(target=_read, args=arguments, name="reader", daemon=True)
    reader.start()
    try:
        while (result := queue.get()) is not None:
            yield result.result()
    finally:
        unwanted.set()
        reader.join(PATIENCE)
        pool.shutdown(wait=True, cancel_futures=True)


def _read(
    items: Iterable[T],
    work: Callable[[T], R],
    pool: ThreadPoolExecutor,
    queue: "Queue[Future[R] | None]",
    unwanted: Event,
) -> None:
    """Queues the work on every item, then None; closes the items in this same thread."""
    remaining = iter(items)
    try:
        for item in remaining:
            if not _offered(queue, pool.submit(work, item), unwanted):
                return
    except BaseException as error:  # raised again where the item's result is taken
        missed: Future[R] = Future()
        missed.set_exception(error)
        _offered(queue, missed, unwanted)
    finally:
        _close(remaining)
        _offered(queue, None, unwanted)


def _offered(queue: "Queue[Future[R] | None]", result: Future[R] | None, unwanted: Event) -> bool:
    """Queues a result; False if results are no longer wanted."""
    while not unwanted.is_set():
        try:
            queue.put(result, timeout=GLANCE)
        except Full:
            continue
        return True
    return False


def _close(items: Iterator[object]) -> None:
    if isinstance(items, Generator):
        items.close()
