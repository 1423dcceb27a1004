//! What a pod that is taken over could do: as little as can be. The `restricted` pod security standard and a bit more.

use serde_json::Value;

use super::{Findings, Rule};
use crate::documents::{Documents, Workload, at, list, text};

pub(super) const RULES: &[Rule] = &[
    Rule { name: "not-root", demands: "pods run as a user that is not root", check: not_root },
    Rule { name: "seccomp", demands: "pods have the runtime's seccomp profile", check: seccomp },
    Rule { name: "no-escalation", demands: "containers cannot gain privileges", check: no_escalation },
    Rule { name: "no-capabilities", demands: "containers drop all capabilities and add none", check: no_capabilities },
    Rule { name: "root-read-only", demands: "a container's own file system is read-only", check: root_read_only },
    Rule { name: "no-token", demands: "no pod has a token for the cluster", check: no_token },
    Rule { name: "nothing-of-the-node", demands: "pods see nothing of their node", check: nothing_of_the_node },
    Rule { name: "namespace-restricted", demands: "the namespace enforces `restricted`", check: namespace_restricted },
];

fn each_container(documents: &Documents, findings: &mut Findings, wrong: impl Fn(&Value) -> bool, message: &str) {
    for workload in documents.workloads() {
        for container in workload.containers().filter(|container| wrong(at(container, "/securityContext"))) {
            findings.add(workload.object, format!("container {} {message}", at(container, "/name")));
        }
    }
}

fn each_pod(documents: &Documents, findings: &mut Findings, wrong: impl Fn(Workload<'_>) -> bool, message: &str) {
    for workload in documents.workloads().filter(|workload| wrong(*workload)) {
        findings.add(workload.object, message);
    }
}

fn not_root(documents: &Documents, findings: &mut Findings) {
    let wrong = |workload: Workload<'_>| {
        let context = at(workload.pod(), "/securityContext");
        let is_root = ["/runAsUser", "/runAsGroup"].iter().any(|id| at(context, id).as_u64().is_none_or(|id| id == 0));
        at(context, "/runAsNonRoot") != true || is_root
    };
    each_pod(documents, findings, wrong, "needs runAsNonRoot, and a user and group other than 0");
}

fn seccomp(documents: &Documents, findings: &mut Findings) {
    let wrong =
        |workload: Workload<'_>| text(workload.pod(), "/securityContext/seccompProfile/type") != "RuntimeDefault";
    each_pod(documents, findings, wrong, "needs the seccomp profile RuntimeDefault");
}

fn no_escalation(documents: &Documents, findings: &mut Findings) {
    let wrong =
        |context: &Value| at(context, "/allowPrivilegeEscalation") != false || at(context, "/privileged") == true;
    each_container(documents, findings, wrong, "needs allowPrivilegeEscalation: false");
}

fn no_capabilities(documents: &Documents, findings: &mut Findings) {
    let wrong = |context: &Value| {
        list(context, "/capabilities/drop").iter().all(|dropped| dropped != "ALL")
            || !list(context, "/capabilities/add").is_empty()
    };
    each_container(documents, findings, wrong, "needs capabilities: drop ALL, add none");
}

fn root_read_only(documents: &Documents, findings: &mut Findings) {
    let wrong = |context: &Value| at(context, "/readOnlyRootFilesystem") != true;
    each_container(documents, findings, wrong, "needs readOnlyRootFilesystem: true");
}

fn no_token(documents: &Documents, findings: &mut Findings) {
    let wrong = |workload: Workload<'_>| at(workload.pod(), "/automountServiceAccountToken") != false;
    each_pod(documents, findings, wrong, "needs automountServiceAccountToken: false");
}

fn nothing_of_the_node(documents: &Documents, findings: &mut Findings) {
    let wrong = |workload: Workload<'_>| {
        let pod = workload.pod();
        ["/hostNetwork", "/hostPID", "/hostIPC"].iter().any(|shared| at(pod, shared) == true)
            || list(pod, "/volumes").iter().any(|volume| volume.get("hostPath").is_some())
    };
    each_pod(documents, findings, wrong, "must not share the node's network, processes or files");
}

fn namespace_restricted(documents: &Documents, findings: &mut Findings) {
    for namespace in documents.of_kind("Namespace") {
        if text(namespace, "/metadata/labels/pod-security.kubernetes.io~1enforce") != "restricted" {
            findings.add(namespace, "needs the label pod-security.kubernetes.io/enforce: restricted");
        }
    }
}
