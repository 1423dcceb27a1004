//! The delivery experiments: what a change in Git does to people who are asking all the while.
//!
//! Two drivers make the same runs and the same report. [`played`] needs no cluster: the servers, the miner and the clients
//! are the real programs; the Deployment controller, the kubelet and the Service are played, with numbers of replicas,
//! surge, probes, preStop and grace taken from the rendered manifests. [`kubectl`] applies the same manifests to a real
//! cluster.
//!
//! # The rooms, lowest first
//! - [`cluster`]: what cases ask of a cluster; [`process`], [`balancer`], [`plan`], [`played`]: the one that is played;
//!   [`kubectl`]: a real one;
//! - [`load`], [`figures`]: clients, and what their requests come to;
//! - [`data`]: playlists to mine; [`lab`]: one run, from a fresh store to its files;
//! - [`cases`]: what is tried; [`timeline`], [`report`]: the picture and the document.

pub mod balancer;
pub mod cases;
pub mod cluster;
pub mod data;
pub mod figures;
pub mod kubectl;
pub mod lab;
pub mod load;
pub mod plan;
pub mod played;
pub mod process;
pub mod report;
pub mod timeline;
