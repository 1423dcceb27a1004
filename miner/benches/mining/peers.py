"""Counts frequent itemsets with other people's miners, for the bench beside this file.

Reads the baskets of a FIMI file once, says so, then answers requests from the standard input, a JSON object a line:
{"peer": NAME, "support": N} is answered with {"count", "cpu", "wall", "memory"}: seconds of the call alone, reading and
converting excluded, and the bytes that the call added to the resident memory at its peak (0 where the system does
not tell). What cannot be answered is {"error": TEXT}.
"""

import json
import sys
import time


def read(path):
    with open(path) as lines:
        return [[int(item) for item in line.split()] for line in lines]


def pyfim(algorithm, baskets):
    import fim

    mine = getattr(fim, algorithm)
    # The pattern spectrum: sets are counted by size and support, and none is made into a Python object.
    return lambda support: sum(int(row[2]) for row in mine(baskets, target="s", supp=-support, zmin=1, report="="))


def one_hot(baskets):
    import numpy
    import pandas
    import scipy.sparse

    rows = [row for row, basket in enumerate(baskets) for _ in basket]
    items = [item for basket in baskets for item in basket]
    names, columns = numpy.unique(items, return_inverse=True)
    shape = (len(baskets), len(names))
    matrix = scipy.sparse.csr_matrix((numpy.ones(len(rows), dtype=bool), (rows, columns)), shape=shape)
    return matrix, [str(name) for name in names], pandas


def mlxtend(baskets):
    from mlxtend.frequent_patterns import fpgrowth

    matrix, names, pandas = one_hot(baskets)
    cells = matrix.shape[0] * matrix.shape[1]
    if cells > 2_000_000_000:
        raise MemoryError(f"its table would have {cells:,} cells")
    table = pandas.DataFrame(matrix.toarray(), columns=names)
    # Half a basket less, so that no rounding of the share decides.
    return lambda support: len(fpgrowth(table, min_support=(support - 0.5) / len(baskets)))


def rusket(baskets):
    import rusket as library

    matrix, names, pandas = one_hot(baskets)
    table = pandas.DataFrame.sparse.from_spmatrix(matrix, columns=names)
    return lambda support: len(library.fpgrowth(table, min_support=(support - 0.5) / len(baskets)))


PEERS = {
    "eclat": lambda baskets: pyfim("eclat", baskets),
    "fpgrowth": lambda baskets: pyfim("fpgrowth", baskets),
    "relim": lambda baskets: pyfim("relim", baskets),
    "mlxtend": mlxtend,
    "rusket": rusket,
}


def resident(field):
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))
    except OSError:
        return 0


def forget_peak():
    try:
        with open("/proc/self/clear_refs", "w") as refs:
            refs.write("5")
    except OSError:
        pass


def main():
    baskets = read(sys.argv[1])
    ready = {}
    print(json.dumps({"baskets": len(baskets)}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            name = request["peer"]
            if name not in ready:
                ready[name] = PEERS[name](baskets)
            forget_peak()
            before = resident("VmRSS")
            cpu, wall = time.process_time(), time.perf_counter()
            count = ready[name](request["support"])
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            memory = max(0, resident("VmHWM") - before)
            answer = {"count": int(count), "cpu": cpu, "wall": wall, "memory": memory}
        except Exception as error:  # Whatever a peer does, the bench goes on without it.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
