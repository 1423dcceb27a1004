#!/usr/bin/env python3
"""Ranks the queries of `segue-miner evaluate --export` with the ALS of the Python package `implicit`.

    segue-miner evaluate lists.csv --split-seed 1,2,3 --against none --export peer
    python3 docs/peers/implicit_als.py peer/1 peer/2 peer/3
    segue-miner evaluate lists.csv --split-seed 1,2,3 --rankings 'implicit=peer/{split}/implicit.dat'

Of each directory it reads `training.dat` and `seeds.dat` (never `truth.dat`) and writes `implicit.dat`: for each query
the 500 best songs, without the seeds. Users that training has not seen are folded in: their factors are computed from
the seeds. Where `implicit` is not installed, the script runs itself in a temporary virtual environment that has it
and is removed afterwards; only the Python standard library is needed to start it.

The numbers: 128 factors, alpha 20, regularisation 100, 15 sweeps, exact solves (as the package has them) are what
Segue's own ALS is compared with. In `implicit`, alpha is the confidence of a song that is there and 1 that of one that
is not, so alpha 20 is 1 + 19 in the notation of Hu, Koren and Volinsky (ICDM 2008).
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import venv

PACKAGES = ["implicit==0.7.3", "numpy", "scipy"]
LIST_LENGTH = 500
IN_ENVIRONMENT = "SEGUE_PEER_ENVIRONMENT"


def main():
    arguments = parse()
    # The package multiplies small matrices on threads of its own, and warns of a BLAS that adds more.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        import implicit  # noqa: F401
    except ImportError:
        if os.environ.get(IN_ENVIRONMENT):
            raise
        sys.exit(run_in_new_environment())
    for directory in arguments.directory:
        rank(directory, arguments)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="+", type=pathlib.Path, help="what --export wrote for one split")
    parser.add_argument("--factors", type=int, default=128)
    parser.add_argument("--alpha", type=float, default=20.0)
    parser.add_argument("--regularization", type=float, default=100.0)
    parser.add_argument("--iterations", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1, help="of the factors' first values")
    parser.add_argument("--threads", type=int, default=0, help="0 for all")
    parser.add_argument("--conjugate-gradient", action="store_true", help="the package's default: quicker, inexact")
    parser.add_argument("--name", default="implicit.dat", help="of the file to write into each directory")
    return parser.parse_args()


def run_in_new_environment():
    """Runs this script again where `implicit` is; returns its exit code."""
    with tempfile.TemporaryDirectory(prefix="segue-peer-") as folder:
        print("installing " + ", ".join(PACKAGES) + " into a temporary environment", file=sys.stderr)
        venv.create(folder, with_pip=True)
        python = pathlib.Path(folder) / ("Scripts" if os.name == "nt" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        return subprocess.run([python, *sys.argv], env={**os.environ, IN_ENVIRONMENT: "1"}).returncode


def rank(directory, arguments):
    """Trains on one split, ranks its queries, writes the rankings."""
    import numpy
    from implicit.als import AlternatingLeastSquares

    first_line, training = read(directory / "training.dat")
    other_line, seeds = read(directory / "seeds.dat")
    if first_line != other_line:
        sys.exit(f"{directory}: training.dat and seeds.dat are of two exports; export again")
    songs = 1 + max(max(playlist) for playlist in training)
    start = time.perf_counter(), time.process_time()
    model = AlternatingLeastSquares(
        factors=arguments.factors,
        alpha=arguments.alpha,
        regularization=arguments.regularization,
        iterations=arguments.iterations,
        use_cg=arguments.conjugate_gradient,
        num_threads=arguments.threads,
        random_state=arguments.seed,
    )
    model.fit(matrix(training, songs), show_progress=sys.stderr.isatty())
    trained = time.perf_counter(), time.process_time()
    print(
        f"{directory}: {len(training)} playlists, {songs} songs, trained in {trained[0] - start[0]:.1f} s "
        f"({trained[1] - start[1]:.1f} s CPU)",
        file=sys.stderr,
    )
    queries = matrix(seeds, songs)
    with open(directory / arguments.name, "w", encoding="ascii") as file:
        print(first_line, file=file)
        for begin in range(0, len(seeds), 256):
            batch = numpy.arange(begin, min(begin + 256, len(seeds)))
            ranked, scores = model.recommend(
                batch,
                queries[batch],
                N=min(LIST_LENGTH, songs),
                filter_already_liked_items=True,
                recalculate_user=True,
            )
            for at, row, row_scores in zip(batch, ranked, scores):
                known = set(seeds[at])
                # Filtered songs may come at the end with the lowest of scores when a list is long.
                kept = [
                    song
                    for song, score in zip(row.tolist(), row_scores.tolist())
                    if song >= 0 and score > numpy.finfo(numpy.float32).min and song not in known
                ]
                print(*kept, file=file)


def read(path):
    """The first line, and the numbers of every other line."""
    with open(path, encoding="ascii") as file:
        first_line = file.readline().rstrip("\n")
        return first_line, [[int(number) for number in line.split()] for line in file]


def matrix(lists, songs):
    """Lists of song numbers as the rows of a sparse matrix of ones."""
    import numpy
    from scipy.sparse import csr_matrix

    ends = numpy.cumsum([0] + [len(songs_of) for songs_of in lists])
    columns = numpy.fromiter((song for songs_of in lists for song in songs_of), dtype=numpy.int32, count=ends[-1])
    ones = numpy.ones(len(columns), dtype=numpy.float32)
    return csr_matrix((ones, columns, ends), shape=(len(lists), songs))


if __name__ == "__main__":
    main()
