import numpy as np
import pytest

pytest.importorskip("executorch", reason="needs the extra executorch")

from kunster.errors import UserError
from kunster.export.executorch_file import export_executorch, open_executorch

from ..random_networks import describe, painted, random_network

pytestmark = pytest.mark.slow
SIZE = (64, 96)


def test_computes_the_network_all_of_it_by_xnnpack(network, description, tmp_path):
    network.decoder[-1].weight.mul_(10)  # outputs on both sides of [0, 1]
    export_executorch(network, description, tmp_path / "m.pte", SIZE)
    opened = open_executorch(tmp_path / "m.pte")
    image = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    np.testing.assert_allclose(opened.stylize(image), painted(network, image), rtol=0, atol=0.05)
    assert opened.sizes == (SIZE,)
    assert opened.operations == {"XnnpackBackend": 1}


def test_says_what_it_is(tmp_path):
    from executorch.runtime import Runtime

    export_executorch(random_network(describe()), describe(), tmp_path / "m.pte", SIZE)
    program = Runtime.get().load_program(tmp_path / "m.pte")
    said = {
        name: program.load_method(name).execute([])[0]
        for name in program.method_names - {"forward"}
    }
    assert said == describe().to_metadata()


def test_refuses_what_is_no_size(tmp_path):
    with pytest.raises(UserError, match="96x63"):
        export_executorch(random_network(describe()), describe(), tmp_path / "m.pte", (63, 96))
    assert not list(tmp_path.iterdir())
