//! Serves recommendations, the model and the web UI over HTTP.
