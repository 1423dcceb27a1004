//! Services, what leads to them, and who may reach whom.

use serde_json::Value;

use super::{Findings, Rule};
use crate::documents::{Documents, at, list, name, selects, text};

pub(super) const RULES: &[Rule] = &[
    Rule { name: "service-selects-pods", demands: "a Service selects pods", check: service_selects },
    Rule { name: "service-port", demands: "a Service's port leads to a port of its pods", check: service_port },
    Rule { name: "node-port-range", demands: "a node port is from 30000 to 32767", check: node_port },
    Rule { name: "route-target", demands: "an Ingress or HTTPRoute leads to a Service's port", check: route_target },
    Rule { name: "ingress-tls", demands: "every host of an Ingress has TLS", check: ingress_tls },
    Rule { name: "policy-selects-pods", demands: "a NetworkPolicy is about pods", check: policy_selects },
    Rule { name: "policy-lets-in", demands: "a NetworkPolicy lets requests in to the servers", check: policy_lets_in },
    Rule { name: "miner-goes-out", demands: "a NetworkPolicy lets the miner fetch data", check: miner_goes_out },
    Rule { name: "monitor-target", demands: "a ServiceMonitor asks a Service's port", check: monitor_target },
    Rule { name: "listens-where-said", demands: "PORT is the container's port", check: listens },
];

fn has_port(container: &Value, port: &Value) -> bool {
    list(container, "/ports").iter().any(|known| at(known, "/name") == port || at(known, "/containerPort") == port)
}

fn service_selects(documents: &Documents, findings: &mut Findings) {
    for service in documents.of_kind("Service") {
        let selector = at(service, "/spec/selector");
        if !documents.workloads().any(|workload| selects(selector, workload.labels())) {
            findings.add(service, "its selector matches no pod");
        }
    }
}

fn service_port(documents: &Documents, findings: &mut Findings) {
    for service in documents.of_kind("Service") {
        let selector = at(service, "/spec/selector");
        for workload in documents.workloads().filter(|workload| selects(selector, workload.labels())) {
            for port in list(service, "/spec/ports") {
                let target = port.get("targetPort").unwrap_or(at(port, "/port"));
                if !workload.main_containers().any(|container| has_port(container, target)) {
                    findings.add(service, format!("leads to port {target}, which its pods do not have"));
                }
            }
        }
    }
}

fn node_port(documents: &Documents, findings: &mut Findings) {
    for service in documents.of_kind("Service") {
        for port in list(service, "/spec/ports").iter().filter_map(|port| port.get("nodePort")) {
            if !port.as_u64().is_some_and(|port| (30_000..=32_767).contains(&port)) {
                findings.add(service, format!("node port {port} is not from 30000 to 32767"));
            }
        }
    }
}

/// Whether a Service has a port of this name or number.
fn serves(documents: &Documents, service: &str, port: &Value) -> bool {
    documents.find("Service", service).is_some_and(|service| {
        list(service, "/spec/ports").iter().any(|known| at(known, "/name") == port || at(known, "/port") == port)
    })
}

fn route_target(documents: &Documents, findings: &mut Findings) {
    for ingress in documents.of_kind("Ingress") {
        for path in list(ingress, "/spec/rules").iter().flat_map(|rule| list(rule, "/http/paths")) {
            let service = at(path, "/backend/service");
            let port = service.pointer("/port/name").unwrap_or(at(service, "/port/number"));
            if !serves(documents, text(service, "/name"), port) {
                findings
                    .add(ingress, format!("leads to port {port} of Service {}: there is none", at(service, "/name")));
            }
        }
    }
    for route in documents.of_kind("HTTPRoute") {
        for target in list(route, "/spec/rules").iter().flat_map(|rule| list(rule, "/backendRefs")) {
            if !serves(documents, text(target, "/name"), at(target, "/port")) {
                findings.add(route, format!("leads to {target}: there is no such port of a Service"));
            }
        }
    }
}

fn ingress_tls(documents: &Documents, findings: &mut Findings) {
    for ingress in documents.of_kind("Ingress") {
        let secured: Vec<&Value> = list(ingress, "/spec/tls")
            .iter()
            .filter(|tls| !text(tls, "/secretName").is_empty())
            .flat_map(|tls| list(tls, "/hosts"))
            .collect();
        for host in list(ingress, "/spec/rules").iter().map(|rule| at(rule, "/host")) {
            if !secured.contains(&host) {
                findings.add(ingress, format!("host {host} has no TLS"));
            }
        }
    }
}

fn policy_selects(documents: &Documents, findings: &mut Findings) {
    for policy in documents.of_kind("NetworkPolicy") {
        let selector = at(policy, "/spec/podSelector/matchLabels");
        if !documents.workloads().any(|workload| selects(selector, workload.labels())) {
            findings.add(policy, "its selector matches no pod");
        }
    }
}

fn policy_lets_in(documents: &Documents, findings: &mut Findings) {
    for service in documents.of_kind("Service") {
        let selector = at(service, "/spec/selector");
        for workload in documents.workloads().filter(|workload| selects(selector, workload.labels())) {
            for policy in documents.of_kind("NetworkPolicy") {
                if !selects(at(policy, "/spec/podSelector/matchLabels"), workload.labels()) {
                    continue;
                }
                let allowed = list(policy, "/spec/ingress").iter().flat_map(|rule| list(rule, "/ports"));
                let reachable = allowed
                    .map(|port| at(port, "/port"))
                    .any(|port| workload.main_containers().any(|container| has_port(container, port)));
                if !reachable {
                    findings.add(policy, format!("no request reaches the pods of Service {}", name(service)));
                }
            }
        }
    }
}

fn miner_goes_out(documents: &Documents, findings: &mut Findings) {
    for miner in documents.workloads().filter(|workload| workload.is_miner()) {
        for policy in documents.of_kind("NetworkPolicy") {
            if !selects(at(policy, "/spec/podSelector/matchLabels"), miner.labels()) {
                continue;
            }
            let open: Vec<&Value> = list(policy, "/spec/egress")
                .iter()
                .flat_map(|rule| list(rule, "/ports"))
                .map(|port| at(port, "/port"))
                .collect();
            if ![53, 443].iter().all(|wanted| open.iter().any(|port| *port == wanted)) {
                findings.add(policy, "the miner reaches no name server (53) or no web server (443)");
            }
        }
    }
}

fn monitor_target(documents: &Documents, findings: &mut Findings) {
    for monitor in documents.of_kind("ServiceMonitor") {
        let selector = at(monitor, "/spec/selector/matchLabels");
        let services: Vec<&Value> =
            documents.of_kind("Service").filter(|service| selects(selector, at(service, "/metadata/labels"))).collect();
        for endpoint in list(monitor, "/spec/endpoints") {
            let port = at(endpoint, "/port");
            if !services.iter().any(|service| serves(documents, name(service), port)) {
                findings.add(monitor, format!("no Service that it selects has a port {port}"));
            }
        }
    }
}

fn listens(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for container in workload.main_containers().filter(|container| !list(container, "/ports").is_empty()) {
            // The server's default is 30502.
            let said = documents.variable(container, "PORT").unwrap_or("30502");
            let said_number: Option<u64> = said.parse().ok();
            let known = list(container, "/ports").iter().any(|port| at(port, "/containerPort").as_u64() == said_number);
            if !known {
                findings.add(workload.object, format!("listens on PORT {said}, which is not among its ports"));
            }
        }
    }
}
