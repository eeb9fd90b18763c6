"""Which networks no other beats, and which one is nearest to ideal."""

from kunster.report.choice import Candidate, recommended, unbeaten


def network(label: str, style: float, e_stab: float, parameters: int) -> Candidate:
    return Candidate(label, None, parameters, style, e_stab, None)


def test_a_network_that_is_worse_in_everything_is_beaten():
    good, worse = network("a", 0.1, 0.1, 1000), network("b", 0.2, 0.2, 2000)

    assert unbeaten([worse, good]) == [good]


def test_equal_figures_beat_nobody():
    twins = [network("a", 0.1, 0.1, 1000), network("b", 0.1, 0.1, 1000)]

    assert unbeaten(twins) == twins


def test_the_recommended_one_is_good_in_all_rather_than_best_in_one():
    pretty, small = network("pretty", 0.0, 1.0, 100_000), network("small", 1.0, 0.0, 1000)
    middle = network("middle", 0.2, 0.2, 5000)

    assert recommended([pretty, small, middle]) == middle
    assert len(unbeaten([pretty, small, middle])) == 3


def test_without_figures_nothing_is_recommended():
    assert recommended([]) is None
