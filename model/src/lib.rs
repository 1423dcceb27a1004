//! What the miner writes and everyone else reads: the model file, its scorer and its answers.
