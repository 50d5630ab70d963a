"""Time and memory of whole `jisr` processes, as a user meets them.

    python benchmarks/process.py [--big MEGABYTES]

Prints a table: wall seconds (best of five; the page cache is warm), peak resident memory, and
whether torch was imported. `--big` adds a document of that size, made by repeating the example
article's paragraphs; 10 MB take about a quarter of an hour.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ARTICLE = Path(__file__).resolve().parent.parent / "examples" / "article.ar.txt"
# Runs the command line in this interpreter and tells, on the last line of stderr, what it took.
PROBE = """
import resource, sys
from jisr.translate.cli import main
code = main(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{peak:.0f} {'torch' in sys.modules}", file=sys.stderr)
sys.exit(code)
"""


def run(arguments: list[str], repeats: int = 5) -> tuple[float, str, str]:
    """Return the best wall time in seconds, the peak memory in MB and whether torch was loaded."""
    best, peak, torch = float("inf"), "", ""
    for _ in range(repeats):
        start = time.perf_counter()
        command = [sys.executable, "-c", PROBE, *arguments]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        best = min(best, time.perf_counter() - start)
        peak, torch = done.stderr.split()[-2:]
    return best, peak, torch


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--big", type=float, default=0, help="size of a big document in MB")
    big = parser.parse_args().big
    cases = {
        "jisr --help": ["--help"],
        "jisr translate article": ["translate", str(ARTICLE)],
        "jisr translate --to html article": ["translate", "--to", "html", str(ARTICLE)],
    }
    print(f"{'command':40} {'seconds':>8} {'peak MB':>8} torch")
    for name, arguments in cases.items():
        print("{:40} {:8.2f} {:>8} {}".format(name, *run(arguments)))
    if big:
        with tempfile.NamedTemporaryFile(suffix=".txt") as file:
            paragraph = ARTICLE.read_bytes()
            file.write(paragraph * round(big * 1e6 / len(paragraph)))
            file.flush()
            name = f"jisr translate, {big:g} MB"
            print("{:40} {:8.2f} {:>8} {}".format(name, *run(["translate", file.name], 1)))


if __name__ == "__main__":
    main()
