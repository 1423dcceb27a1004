//! From playlists to a model: counting, rules, weights.
