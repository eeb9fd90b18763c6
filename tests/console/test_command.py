"""How commands end: exit codes, what is said, and where nobody reads it."""

import errno
import io
import os
import sys

import pytest

from kunster.console.command import exit_code
from kunster.errors import UserError

FULL = "/dev/full"


def raising(error):
    def work():
        raise error

    return work


def test_a_mistake_is_its_message_and_2(capsys):
    assert exit_code(raising(UserError("limit=0: must be more"))) == 2
    assert capsys.readouterr() == ("", "limit=0: must be more\n")


def test_ctrl_c_is_130(capsys):
    assert exit_code(raising(KeyboardInterrupt()), "interrupted: go on later") == 130
    assert capsys.readouterr().err == "interrupted: go on later\n"


def test_a_bug_keeps_its_traceback_and_says_where_to_report_it():
    with pytest.raises(ZeroDivisionError) as bug:
        exit_code(lambda: exit_code(lambda: print(1 // 0)))  # as `kunster VERB` calls the verb
    (note,) = bug.value.__notes__
    assert "CONTRIBUTING.md" in note


def printing():
    print("one line")


def ending():
    """As argparse ends once it printed the help."""
    print("one line")
    sys.exit(0)


def rich():
    from rich.console import Console

    Console().print("one line")


@pytest.mark.parametrize("work", [printing, ending, rich])
def test_it_ends_quietly_when_nobody_reads(work, monkeypatch, capsys):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert exit_code(work) == 0
        stream.write("what Python flushes at its end goes nowhere")
    assert capsys.readouterr().err == ""


def test_it_ends_quietly_where_each_line_is_written_at_once(monkeypatch, capsys):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as raw:  # as with PYTHONUNBUFFERED
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, write_through=True))
        assert exit_code(printing) == 0
        sys.stdout.detach()
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not os.path.exists(FULL), reason=f"no {FULL} here")
@pytest.mark.parametrize("work", [printing, ending, rich])
def test_a_full_disk_is_one_line_and_2(work, monkeypatch, capsys):
    with open(FULL, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert exit_code(work) == 2
    said = capsys.readouterr().err
    assert said == f"the output: {os.strerror(errno.ENOSPC)}\n"


@pytest.mark.skipif(not os.path.exists(FULL), reason=f"no {FULL} here")
def test_the_exit_code_is_given_where_nothing_can_be_said(monkeypatch):
    with open(FULL, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert exit_code(raising(UserError("limit=0: must be more"))) == 2
        assert exit_code(raising(KeyboardInterrupt())) == 130
        stream.write("what Python flushes at its end goes nowhere")


def test_another_broken_pipe_is_a_bug():
    with pytest.raises(BrokenPipeError):
        exit_code(raising(BrokenPipeError()))


def test_stdout_may_be_closed(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert exit_code(lambda: sys.stdout.buffer.write(b"frames")) == 0


def test_stderr_may_be_closed_and_nothing_goes_to_stdout_instead(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    assert exit_code(raising(UserError("limit=0: must be more"))) == 2
    assert capsys.readouterr().out == ""
