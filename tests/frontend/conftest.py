"""What the tests of the frontend share."""

import importlib.util
import textwrap

import pytest


@pytest.fixture
def module(tmp_path):
    """Imports a text as a module from a file of its own."""

    def load(text, name="user_module"):
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        return loaded

    return load
