"""Development commands that need only Python and pip: each makes its environment first, then runs in it.

    python tools/dev.py demo                        the logistic-regression example
    python tools/dev.py test [pytest arguments]     the test suite; `-n0` runs it in one process
    python tools/dev.py check [--fix]               ruff: lint and format
    python tools/dev.py bench [arguments]           timings side by side with autograd

`--python python3.13` and `--numpy 1.26`, given before the command's own arguments, choose another interpreter and
NumPy. Each choice has an environment of its own (`.venv`, `.venv-3.13`, `.venv-3.13-numpy1.26`), which is installed
into only when `pyproject.toml` has changed since, or when the command needs more than it has.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
EXTRAS = {"demo": [], "test": ["test"], "check": ["test"], "bench": ["test"]}


def main(arguments: list[str] | None = None) -> int:
    """The exit code of the command that `arguments` name."""
    options, rest = parse(arguments)
    python = environment(options.python, options.numpy, EXTRAS[options.command])
    return {"demo": demo, "test": test, "check": check, "bench": bench}[options.command](python, rest)


def parse(arguments: list[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Our own options and, apart, the arguments that are passed on."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("command", choices=EXTRAS)
    parser.add_argument("--python", metavar="NAME", help="the interpreter, a command or a path (default: this one)")
    parser.add_argument("--numpy", metavar="VERSION", help="the NumPy version, such as 1.26 (default: the newest)")
    return parser.parse_known_args(arguments)


# The commands ---------------------------------------------------------------------------------------------------------


def demo(python: Path, rest: list[str]) -> int:
    return run(python, "examples/logistic_regression.py", *rest)


def test(python: Path, rest: list[str]) -> int:
    # Workers share the cores already: a BLAS with threads of its own would only oversubscribe them.
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    workers = min(4, os.cpu_count() or 1)
    return run(python, "-m", "pytest", "-n", str(workers), *rest)


def check(python: Path, rest: list[str]) -> int:
    fix = "--fix" in rest
    lint = run(python, "-m", "ruff", "check", *(["--fix"] if fix else []), ".")
    layout = run(python, "-m", "ruff", "format", *([] if fix else ["--check"]), ".")
    return lint or layout


def bench(python: Path, rest: list[str]) -> int:
    return run(python, "tools/bench/run.py", *rest)


def run(python: Path, *arguments: str) -> int:
    """The exit code of `python arguments` in the repository, its output streamed to ours."""
    return subprocess.run([python, *arguments], cwd=ROOT).returncode


# The environments -----------------------------------------------------------------------------------------------------


def environment(interpreter: str | None, numpy: str | None, extras: list[str]) -> Path:
    """The Python of an environment that has the project, editable, and `extras`; made or brought up to date first."""
    base = find_python(interpreter) if interpreter else Path(sys.executable)
    version = python_version(base)
    if version is None or version < OLDEST:
        sys.exit(f"srcgrad needs Python {OLDEST[0]}.{OLDEST[1]} or newer; choose one with --python")
    tag = f"-{version[0]}.{version[1]}" if interpreter else ""
    folder = ROOT / f".venv{tag}{f'-numpy{numpy}' if numpy else ''}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "installed.json"
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    have = read_stamp(stamp, digest)
    if python_version(python) is None:
        have = None
        note(f"making {folder.name}")
        checked([base, "-m", "venv", "--clear", folder])
    if have is None or not set(extras) <= set(have):
        install(python, numpy, sorted({*extras, *(have or [])}))
        stamp.write_text(json.dumps({"pyproject": digest, "extras": sorted({*extras, *(have or [])})}))
    return python


def install(python: Path, numpy: str | None, extras: list[str]) -> None:
    """Install the project, editable, with `extras`; with `numpy` "1.26", the newest 1.26 of NumPy."""
    project = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    note(f"installing srcgrad{f' with {extras}' if extras else ''} into {python.parent.parent.name}")
    pinned = [f"numpy=={numpy}.*" if re.fullmatch(r"\d+\.\d+", numpy) else f"numpy=={numpy}"] if numpy else []
    checked([python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--editable", project, *pinned])


def read_stamp(stamp: Path, digest: str) -> list[str] | None:
    """The extras that were installed for the `pyproject.toml` of this digest; None if it was another one."""
    try:
        content = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return None
    return content["extras"] if content.get("pyproject") == digest else None


def find_python(name: str) -> Path:
    """The interpreter called `name`: a path, a command that runs, or one that pyenv keeps without activating it."""
    candidates = [Path(found)] if (found := shutil.which(name)) else []
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += sorted(pyenv.glob(f"versions/*/bin/{name}")) if os.sep not in name else []
    for candidate in candidates:
        if python_version(candidate):
            return candidate
    sys.exit(f"no interpreter {name!r} on this machine")


def python_version(python: Path) -> tuple[int, int] | None:
    """The (major, minor) version of an interpreter; None if it does not run."""
    program = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([python, "-c", program], capture_output=True, text=True)
    except OSError:
        return None
    return tuple(map(int, answer.stdout.split())) if answer.returncode == 0 else None


def checked(command: list[str | Path]) -> None:
    if code := subprocess.run(command).returncode:
        sys.exit(code)


def note(text: str) -> None:
    print(f"[dev] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
