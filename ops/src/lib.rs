//! What developers and operators run and nobody ships.
//!
//! # The rooms, lowest first
//! - [`documents`]: Kubernetes objects as they are applied; [`render`]: an overlay becomes them;
//! - [`job_key`]: the key that names the miner's Job;
//! - [`rules`]: what no schema and no linter sees in a set of manifests; [`mutants`]: the proof that each rule sees it;
//! - [`argocd`]: whether applications and overlays fit;
//! - [`bump`]: pointers in Git, the only places that a delivery edits;
//! - [`experiments`]: what a delivery does to people who are asking all the while.

pub mod argocd;
pub mod bump;
pub mod documents;
pub mod experiments;
pub mod job_key;
pub mod mutants;
pub mod render;
pub mod rules;
