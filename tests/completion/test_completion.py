"""`kunster completion`: what a real bash offers after the script it prints."""

import shutil
import subprocess

import pytest

from kunster.completion.__main__ import main

OFFER = """
source {script}
COMP_WORDS=({words} "{last}")
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
$(complete -p kunster | sed 's/.*-F //; s/ .*//')
echo "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@pytest.mark.parametrize(
    ("words", "last", "offered"),
    [
        ("kunster", "sty", {"styles", "stylize"}),
        ("kunster stylize photo.jpg", "--ste", {"--steady"}),
        ("kunster stylize photo.jpg --style", "sen", {"senecio"}),
        ("kunster stylize photo.jpg --model", "s", {"scream", "starry_night"}),
        ("kunster styles --sheet", "here.p", {"here.png"}),
    ],
)
def test_bash_offers_commands_options_styles_and_files(tmp_path, capsys, words, last, offered):
    assert main(["bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    (tmp_path / "here.png").touch()
    asked = OFFER.format(script=tmp_path / "script", words=words, last=last)
    found = subprocess.run(
        ["bash", "-c", asked], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert set(found.stdout.split()) == offered


def test_zsh_and_tcsh_have_their_own(capsys):
    for shell, begins in (("zsh", "#compdef kunster"), ("tcsh", "# AUTOMATICALLY GENERATED")):
        assert main([shell]) == 0
        assert capsys.readouterr().out.startswith(begins)
    assert main(["fsh"]) == 2
    assert "SHELL fsh: must be bash, zsh or tcsh" in capsys.readouterr().err
