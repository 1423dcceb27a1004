//! Images, and what containers may use.

use serde_json::Value;

use super::{Findings, Rule};
use crate::documents::{Documents, at, text};

pub(super) const RULES: &[Rule] = &[
    Rule { name: "image-pinned", demands: "images have a tag other than latest, or a digest", check: image_pinned },
    Rule {
        name: "resources-said",
        demands: "CPU and memory are asked for, and memory is limited",
        check: resources_said,
    },
    Rule { name: "request-within-limit", demands: "no container asks for more than its limit", check: within_limit },
];

fn image_pinned(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for image in workload.containers().map(|container| text(container, "/image")) {
            let name = image.rsplit('/').next().unwrap_or_default();
            let tag = name.split_once(':').map(|(_, tag)| tag);
            if !name.contains("@sha256:") && tag.is_none_or(|tag| tag.is_empty() || tag == "latest") {
                findings.add(workload.object, format!("image `{image}` has no tag that stays what it is"));
            }
        }
    }
}

fn resources_said(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for container in workload.containers() {
            let said = ["/resources/requests/cpu", "/resources/requests/memory", "/resources/limits/memory"];
            if let Some(missing) = said.into_iter().find(|pointer| container.pointer(pointer).is_none()) {
                findings.add(workload.object, format!("container {} has no {missing}", at(container, "/name")));
            }
        }
    }
}

fn within_limit(documents: &Documents, findings: &mut Findings) {
    for workload in documents.workloads() {
        for container in workload.containers() {
            for resource in ["cpu", "memory"] {
                let amount = |which| container.pointer(&format!("/resources/{which}/{resource}")).and_then(quantity);
                if let (Some(request), Some(limit)) = (amount("requests"), amount("limits"))
                    && request > limit
                {
                    let container = at(container, "/name");
                    findings
                        .add(workload.object, format!("container {container} asks for more {resource} than its limit"));
                }
            }
        }
    }
}

/// A Kubernetes quantity as a number: `250m`, `1Gi`, `0.5`, `2`.
fn quantity(value: &Value) -> Option<f64> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let number_ends =
        text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let factor = match &text[number_ends..] {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(text[..number_ends].parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_compared_across_units() {
        let of = |text: &str| quantity(&Value::String(text.to_owned()));
        assert_eq!(of("1Gi"), of("1024Mi"));
        assert_eq!(of("500m"), of("0.5"));
        assert!(of("1000Mi") > of("1G"));
        assert_eq!(of("many"), None);
        assert_eq!(quantity(&serde_json::json!(2)), Some(2.0));
    }
}
