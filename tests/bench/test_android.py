"""What cannot be raced is refused before a converter is looked for."""

from kunster.bench import __main__ as bench


def test_no_rounds_are_refused_in_a_line(capsys):
    assert bench.main(["android", "nothing", "--rounds", "0"]) == 2
    shown = capsys.readouterr()
    assert shown.err == "--rounds 0: must be a whole number from 1 up\n"
    assert not shown.out
