from kunster.console.choices import among


def test_a_name_is_listed_once_however_often_it_is_known():
    assert among("onx", ["onnx", "scream", "onnx"]) == "did you mean onnx? There are onnx, scream"
    assert among("q", ["scream", "udnie", "scream"]) == "there are scream, udnie"
