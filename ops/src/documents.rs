//! Kubernetes objects as they are applied.

use serde_json::{Map, Value};

/// All objects of one overlay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Documents(pub Vec<Value>);

/// An object that runs pods.
#[derive(Clone, Copy, Debug)]
pub struct Workload<'a> {
    /// The object.
    pub object: &'a Value,
    /// Its `spec`; of a CronJob, the `spec` of its Jobs.
    pub spec: &'a Value,
}

/// Part of an object that is not there.
static ABSENT: Value = Value::Null;

impl Documents {
    /// Parses a stream of YAML documents.
    ///
    /// # Errors
    /// It is no YAML.
    pub fn parse(yaml: &str) -> Result<Self, Box<serde_saphyr::Error>> {
        let documents: Vec<Value> = serde_saphyr::from_multiple(yaml).map_err(Box::new)?;
        Ok(Self(documents.into_iter().filter(Value::is_object).collect()))
    }

    /// The objects of a kind.
    pub fn of_kind<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |object| kind(object) == wanted)
    }

    /// The object of a kind and name.
    #[must_use]
    pub fn find(&self, wanted: &str, called: &str) -> Option<&Value> {
        self.0.iter().find(|object| kind(object) == wanted && name(object) == called)
    }

    /// Everything that runs pods.
    pub fn workloads(&self) -> impl Iterator<Item = Workload<'_>> {
        self.0.iter().filter_map(|object| {
            let spec = match kind(object) {
                "Deployment" | "Job" => at(object, "/spec"),
                "CronJob" => at(object, "/spec/jobTemplate/spec"),
                _ => return None,
            };
            Some(Workload { object, spec })
        })
    }

    /// The object of a kind whose name begins so.
    pub fn find_mut(&mut self, wanted: &str, start: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|object| kind(object) == wanted && name(object).starts_with(start))
    }

    /// What a variable of a container is set to: by `env`, else by the ConfigMaps of `envFrom`.
    #[must_use]
    pub fn variable<'a>(&'a self, container: &'a Value, wanted: &str) -> Option<&'a str> {
        let own = list(container, "/env").iter().find(|variable| text(variable, "/name") == wanted);
        own.map(|variable| text(variable, "/value")).or_else(|| {
            self.config_maps(container).filter_map(|map| at(map, "/data").get(wanted)?.as_str()).next_back()
        })
    }

    /// The ConfigMaps of a container's `envFrom` that are there.
    pub fn config_maps<'a>(&'a self, container: &'a Value) -> impl DoubleEndedIterator<Item = &'a Value> {
        list(container, "/envFrom")
            .iter()
            .filter_map(|source| self.find("ConfigMap", source.pointer("/configMapRef/name")?.as_str()?))
    }
}

impl<'a> Workload<'a> {
    /// The `spec` of its pods.
    #[must_use]
    pub fn pod(self) -> &'a Value {
        at(self.spec, "/template/spec")
    }

    /// The labels of its pods.
    #[must_use]
    pub fn labels(self) -> &'a Value {
        at(self.spec, "/template/metadata/labels")
    }

    /// The containers of its pods, those that run first included.
    pub fn containers(self) -> impl Iterator<Item = &'a Value> {
        list(self.pod(), "/initContainers").iter().chain(self.main_containers())
    }

    /// The containers of its pods that stay.
    pub fn main_containers(self) -> impl Iterator<Item = &'a Value> {
        list(self.pod(), "/containers").iter()
    }

    /// Whether this is the miner: a Job or something that makes Jobs.
    #[must_use]
    pub fn is_miner(self) -> bool {
        matches!(kind(self.object), "Job" | "CronJob")
    }
}

/// The part at a JSON pointer; null if it is not there.
#[must_use]
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&ABSENT)
}

/// The text at a JSON pointer; empty if there is none.
#[must_use]
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).as_str().unwrap_or_default()
}

/// The list at a JSON pointer; empty if there is none.
#[must_use]
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    at(value, pointer).as_array().map_or(&[], Vec::as_slice)
}

/// Sets the part at a JSON pointer, whose parent has to be there; `-` is behind a list's end. `None` if it cannot be.
pub fn set(object: &mut Value, pointer: &str, new: Value) -> Option<()> {
    let (parent, key) = pointer.rsplit_once('/')?;
    match object.pointer_mut(parent)? {
        Value::Array(items) if key == "-" => items.push(new),
        Value::Array(items) => *items.get_mut(key.parse::<usize>().ok()?)? = new,
        Value::Object(members) => {
            members.insert(key.replace("~1", "/"), new);
        }
        _ => return None,
    }
    Some(())
}

/// The kind of an object.
#[must_use]
pub fn kind(object: &Value) -> &str {
    text(object, "/kind")
}

/// The name of an object.
#[must_use]
pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// How an object is spoken of: `Deployment/segue-server`.
#[must_use]
pub fn label(object: &Value) -> String {
    format!("{}/{}", kind(object), name(object))
}

/// Whether an object's labels have all that a selector asks for. A selector that asks for nothing selects nothing here:
/// nobody means that.
#[must_use]
pub fn selects(selector: &Value, labels: &Value) -> bool {
    let none = Map::new();
    let wanted = selector.as_object().unwrap_or(&none);
    !wanted.is_empty() && wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_documents_are_read_and_quoted_numbers_stay_text() {
        let parsed = Documents::parse("kind: A\nn: \"0\"\nm: 1%\n---\nkind: B\nn: 0\n").unwrap();
        assert_eq!(parsed.0[0], serde_json::json!({"kind": "A", "n": "0", "m": "1%"}));
        assert_eq!(parsed.0[1], serde_json::json!({"kind": "B", "n": 0}));
    }

    #[test]
    fn a_containers_own_variable_goes_before_those_from_config_maps_and_the_last_of_these_before_the_first() {
        let documents = Documents::parse(
            "kind: ConfigMap\nmetadata: {name: a}\ndata: {X: one, Y: one}\n---\n\
             kind: ConfigMap\nmetadata: {name: b}\ndata: {Y: two}\n",
        )
        .unwrap();
        let container = serde_json::json!({
            "env": [{"name": "Z", "value": "own"}, {"name": "X", "value": "own"}],
            "envFrom": [{"configMapRef": {"name": "a"}}, {"configMapRef": {"name": "b"}}],
        });
        let seen = ["X", "Y", "Z", "W"].map(|name| documents.variable(&container, name));
        assert_eq!(seen, [Some("own"), Some("two"), Some("own"), None]);
    }

    #[test]
    fn a_selector_needs_all_its_labels_and_at_least_one() {
        let labels = serde_json::json!({"a": "1", "b": "2"});
        assert!(selects(&serde_json::json!({"a": "1"}), &labels));
        assert!(!selects(&serde_json::json!({"a": "1", "b": "3"}), &labels));
        assert!(!selects(&serde_json::json!({}), &labels));
        assert!(!selects(&Value::Null, &labels));
    }
}
