"""Translation of a network's traced operations, one by one, to a graph of another format.

The networks have a dozen kinds of operation, so each format has a table of writers.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from torch import Tensor, fx, nn

Modules = Mapping[type[nn.Module], Callable[..., str]]  # how to write a module of that kind
Functions = Mapping[str, Callable[..., str]]  # and a function of torch


class Graph(Protocol):
    def constant(self, name: str, value: Tensor) -> str: ...


def walk(
    graph: Graph, network: nn.Module, frames: str, modules: Modules, functions: Functions
) -> str:
    """Adds all operations of a network to the graph and returns the name of its output.

    Args:
        graph: passed to every writer, together with the names of the operation's inputs.
        frames: name of the network's input.

    Raises:
        LookupError: an operation that is in neither table.
    """
    children = dict(network.named_modules())
    names: dict[fx.Node, str] = {}
    for node in _Tracer(modules).trace(network).nodes:
        args = fx.map_arg(node.args, names.__getitem__)
        kwargs = fx.map_arg(node.kwargs, names.__getitem__)
        if node.op == "placeholder":
            names[node] = frames
        elif node.op == "get_attr":
            names[node] = graph.constant(node.target, _attribute(network, node.target))
        elif node.op == "call_module":
            module = children[node.target]
            names[node] = _known(modules, type(module))(graph, node.target, module, *args)
        elif node.op == "output":
            return str(args[0])
        else:
            verb = node.target if node.op == "call_method" else node.target.__name__
            names[node] = _known(functions, verb)(graph, *args, **kwargs)
    raise AssertionError("a graph without an output")


class _Tracer(fx.Tracer):
    """Treats a module that has its own writer as one operation."""

    def __init__(self, modules: Modules) -> None:
        super().__init__()
        self.modules = modules

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return type(module) in self.modules or super().is_leaf_module(module, name)


def _attribute(network: nn.Module, path: str) -> Tensor:
    owner, _, name = path.rpartition(".")
    tensor: Tensor = getattr(network.get_submodule(owner), name)
    return tensor


def _known(table: Mapping[Any, Callable[..., str]], key: Any) -> Callable[..., str]:
    if key not in table:
        raise LookupError(f"{key}: not among the operations that this format is written with")
    return table[key]
