//! The delivery experiments: what a change in Git does to people who are asking all the while.
//!
//! Without a cluster. The servers, the miner and the clients are the real programs; the Deployment controller, the
//! kubelet and the Service are [played](cluster), with numbers of replicas, surge, probes, preStop and grace taken from
//! the rendered manifests.
//!
//! # The rooms, lowest first
//! - [`process`], [`balancer`], [`plan`], [`cluster`]: the cluster that is played;
//! - [`load`], [`figures`]: clients, and what their requests come to;
//! - [`data`]: playlists to mine, behind an address; [`lab`]: one run, from a fresh store to its files;
//! - [`cases`]: what is tried; [`timeline`], [`report`]: the picture and the document.

pub mod balancer;
pub mod cases;
pub mod cluster;
pub mod data;
pub mod figures;
pub mod lab;
pub mod load;
pub mod plan;
pub mod process;
pub mod report;
pub mod timeline;
