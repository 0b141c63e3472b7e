"""Test the tests: change the code in a thousand small ways, and see which changes a test notices.

    make mutants

Runs mutmut over the modules that `[tool.mutmut]` in pyproject.toml names, which takes about an
hour on two cores and goes on where it was stopped. Only tests that call a changed function are
run. A change that no test notices has to be explained in `equivalent_mutants.toml` as one that no
test can notice; any other is printed and makes the command fail. The score is written to
`mutants.csv`.
"""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import click
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
EXPLAINED = ROOT / "benchmarks" / "equivalent_mutants.toml"
SCORE = ROOT / "benchmarks" / "mutants.csv"
KILLED = ("killed", "timeout")  # a loop that no longer ends is noticed too
Change = tuple[str, str, str]  # function, the line as it was, the line as it is in the mutant


def mutmut(*arguments: str, shown: bool = False) -> str:
    """What mutmut prints; its progress goes to the screen instead where it is `shown`."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=ROOT,
        stdout=None if shown else subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout or ""


def results() -> dict[str, str]:
    """Mutant -> its status, of those that have been tried."""
    lines = mutmut("results", "--all", "true").splitlines()
    statuses = dict(line.strip().rsplit(": ", 1) for line in lines if ": " in line)
    return {name: status for name, status in statuses.items() if status != "not checked"}


def survivors() -> list[str]:
    return [name for name, status in results().items() if status not in KILLED]


def function_of(mutant: str) -> str:
    """`aegan_lib.metrics.x_psnr__mutmut_3` -> `aegan_lib.metrics.psnr`, a method with its class."""
    name = re.sub(r"__mutmut_\d+$", "", mutant)
    # mutmut calls a method xǁClassǁmethod, and a function x_function.
    return re.sub(r"\.x_|\.xǁ", ".", name).replace("ǁ", ".")


def change(mutant: str) -> Change:
    """What the mutant changes, read off its difference to the code."""
    lines = [line for line in mutmut("show", mutant).splitlines() if line[:3] not in ("---", "+++")]
    was, now = ("\n".join(line[1:].strip() for line in lines if line[:1] == sign) for sign in "-+")
    return function_of(mutant), was, now


def explanations() -> set[Change]:
    known = tomllib.loads(EXPLAINED.read_text()).get("mutant", [])
    return {(each["of"], each["was"], each["now"]) for each in known}


def score(statuses: dict[str, str], equivalent: list[str]) -> pd.DataFrame:
    """One row a module, and one of all: counts, and shares in percent."""
    modules = {name: name.rsplit(".x", 1)[0] for name in statuses}
    killed = Counter(modules[name] for name in statuses if statuses[name] in KILLED)
    explained = Counter(modules[name] for name in equivalent)
    table = pd.DataFrame({"mutants": Counter(modules.values())})
    table["killed"] = [killed[module] for module in table.index]
    table["equivalent"] = [explained[module] for module in table.index]
    table.loc["all"] = table.sum()
    table["unexplained"] = table["mutants"] - table["killed"] - table["equivalent"]
    table["killed_percent"] = (100 * table["killed"] / table["mutants"]).round(1)
    return table.rename_axis("module").reset_index()


@click.command(help=__doc__)
@click.option("--jobs", default=2, show_default=True, help="How many mutants are tried at a time.")
def main(jobs: int) -> None:
    explained = explanations()
    # Tests may have been written since these survived, and mutmut does not look again by itself.
    again = []
    if (ROOT / "mutants").exists():
        again = [name for name in survivors() if change(name) not in explained]
    mutmut("run", "--max-children", str(jobs), shown=True)
    # A busy machine runs out of time too: what did is tried once more by itself.
    late = {name for name, status in results().items() if status == "timeout"}
    if again := sorted(({*again} & {*survivors()}) | late):
        mutmut("run", "--max-children", str(jobs), *again, shown=True)

    changes = {name: change(name) for name in survivors()}
    equivalent = [name for name, made in changes.items() if made in explained]
    table = score(results(), equivalent)
    table.to_csv(SCORE, index=False)
    click.echo(table.to_string(index=False))
    for name, (function, was, now) in changes.items():
        if name not in equivalent:
            click.echo(f"\n{name} survived, in {function}:\n- {was}\n+ {now}")
    for function, was, now in explained - {*changes.values()}:
        click.echo(f"\nExplained, but no mutant or killed: {function}\n- {was}\n+ {now}")
    if len(equivalent) < len(changes):
        raise click.ClickException(
            "Mutants survived that are not explained. Write a test that notices each, or say in "
            f"{EXPLAINED.relative_to(ROOT)} why none can."
        )


if __name__ == "__main__":
    main()
