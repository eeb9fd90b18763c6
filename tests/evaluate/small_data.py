"""Words of `kunster evaluate` about the data that `conftest.py` makes."""

from kunster.networks.description import Description
from kunster.networks.stylizer import parameter_count


def described(network, stage):
    count = parameter_count(network)
    return Description("scream", "kunster", 0.125, 0.5, "table2", "instance", stage, count)


def words(data, *names):
    paths = {
        "painting": data / "painting.png",
        "photos": data / "photos",
        "sintel": data / "sintel",
        "video": data / "video",
        "judge": data / "tiny_vgg19.npz",
    }
    given = [word for name in names for word in (f"--{name}", str(paths[name]))]
    return ["--painted", "1", *given]
