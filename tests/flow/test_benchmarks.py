"""Benchmarks still start: an hour's run would otherwise be the first to notice that one does not."""

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench import plots
from bench.__main__ import benchmarks

HERE = Path(plots.__file__).parents[1]
OPTIONS = argparse.Namespace(messages=100, changes=20, searched=100, accounts=1)
_LONGEST_S = 300


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("growth --engine sqlite --messages 200 --accounts --repeat 1", '"measure": "a flag"'),
        ("looks --looks 1", "| PostgreSQL, with a message |"),
    ],
    ids=["growth", "looks"],
)
def test_a_benchmark_that_needs_nothing_else_runs_to_its_end(command: str, told: str) -> None:
    """With sizes that say nothing; what it tells at its end is there."""
    assert told in run(command)


def test_the_kept_result_about_capacity_is_what_the_model_says_today() -> None:
    """Whoever changes when mailboxes are looked at, or what a look costs, keeps result and page anew."""
    [found] = json.loads(run("capacity --mailboxes 1000").splitlines()[-1])["capacity"]
    [line] = plots.read(HERE / "bench" / "results" / "capacity.jsonl")

    assert found == line["capacity"][0]


def run(command: str) -> str:
    """What a benchmark of this name, with these options, prints."""
    name, *sizes = command.split()
    program = [sys.executable, "-m", f"bench.{name}", *sizes]
    ran = subprocess.run(program, cwd=HERE, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", benchmarks(OPTIONS))
def test_every_benchmark_can_be_loaded(name: str) -> None:
    """Those too that take minutes or need other programs: what they import is there."""
    assert importlib.import_module(f"bench.{name}").main
