"""A recommender as it is usually built: rules by mlxtend in memory, answered by Flask.

    python flask_rules.py playlists.csv     mines the table: songs in 1 % of the playlists, confidence 0.1
    RULES=scan  gunicorn flask_rules:app    looks at every rule for each request
    RULES=index gunicorn flask_rules:app    looks rules up by their antecedent

Both keep the table as plain sets and lists, which is far faster than going through a data frame row by row.
"""

import csv
import itertools
import os
import pickle
import sys

TABLE = "rules.pickle"
LIMIT = 20


def mine(path):
    import pandas
    from mlxtend.frequent_patterns import association_rules, fpgrowth
    from mlxtend.preprocessing import TransactionEncoder

    baskets = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            # Requests name a song by its title, or by artist and title: both are known.
            baskets.setdefault(row["pid"], set()).add((row["artist_name"], row["track_name"]))
    counts = {}
    for basket in baskets.values():
        for song in basket:
            counts[song] = counts.get(song, 0) + 1
    least = len(baskets) / 100
    frequent = [[f"{artist} - {title}" for artist, title in basket if counts[artist, title] >= least]
                for basket in baskets.values()]
    encoder = TransactionEncoder()
    table = pandas.DataFrame(encoder.fit_transform(frequent), columns=encoder.columns_)
    itemsets = fpgrowth(table, min_support=0.01, use_colnames=True)
    rules = association_rules(itemsets, metric="confidence", min_threshold=0.1)
    rows = [(frozenset(a), list(c), float(confidence))
            for a, c, confidence in zip(rules["antecedents"], rules["consequents"], rules["confidence"])]
    names = {}
    for (artist, title), _ in sorted(counts.items(), key=lambda song: song[1]):
        names[title] = names[f"{artist} - {title}"] = f"{artist} - {title}"
    popular = [f"{artist} - {title}" for (artist, title), _ in sorted(counts.items(), key=lambda song: -song[1])[:100]]
    with open(TABLE, "wb") as file:
        pickle.dump((rows, names, popular), file)
    print(f"{len(rows)} rules over {len(encoder.columns_)} songs")


if __name__ == "__main__":
    mine(sys.argv[1])
    sys.exit()

from flask import Flask, jsonify, request  # noqa: E402

app = Flask(__name__)
with open(TABLE, "rb") as table:
    ROWS, NAMES, POPULAR = pickle.load(table)

INDEX = {}
for antecedent, consequents, confidence in ROWS:
    INDEX.setdefault(antecedent, []).append((consequents, confidence))
LONGEST = max(map(len, INDEX), default=0)


def scan(seeds):
    for antecedent, consequents, confidence in ROWS:
        if antecedent <= seeds:
            yield consequents, confidence


def look_up(seeds):
    for size in range(1, LONGEST + 1):
        for antecedent in itertools.combinations(seeds, size):
            yield from INDEX.get(frozenset(antecedent), ())


matching = {"scan": scan, "index": look_up}[os.environ["RULES"]]


@app.post("/api/recommend")
def recommend():
    seeds = {NAMES.get(song, song) for song in request.get_json(force=True)["songs"]}
    scores = {}
    for consequents, confidence in matching(seeds):
        for song in consequents:
            if song not in seeds:
                scores[song] = max(scores.get(song, 0.0), confidence)
    songs = sorted(scores, key=lambda song: -scores[song])[:LIMIT]
    songs += [song for song in POPULAR if song not in seeds and song not in scores][:LIMIT - len(songs)]
    return jsonify(songs=songs, version="1", model_date="today")
