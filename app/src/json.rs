//! JSON, read and written by the browser itself: what does that in Rust weighs more than all that is read here.

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::*;

/// A value that was read; `undefined` for what is not there.
#[derive(Clone, Debug)]
pub(crate) struct Json(JsValue);

impl Json {
    /// Reads a text; `None` where it is no JSON.
    pub(crate) fn read(text: &str) -> Option<Self> {
        JSON::parse(text).ok().map(Self)
    }

    /// The field of this name.
    pub(crate) fn get(&self, name: &str) -> Self {
        Self(Reflect::get(&self.0, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED))
    }

    /// It, if it is a text.
    pub(crate) fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    /// It, if it is a number.
    pub(crate) fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    /// It, if it is true or false.
    pub(crate) fn flag(&self) -> Option<bool> {
        self.0.as_bool()
    }

    /// Whether it is a list.
    pub(crate) fn is_list(&self) -> bool {
        Array::is_array(&self.0)
    }

    /// What is in it, if it is a list; otherwise nothing.
    pub(crate) fn items(&self) -> Vec<Self> {
        if self.is_list() { Array::from(&self.0).iter().map(Self).collect() } else { Vec::new() }
    }
}

/// An object of these fields, to be written.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // A plain object takes any field.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// A list, to be written.
pub(crate) fn list(items: impl Iterator<Item = JsValue>) -> JsValue {
    items.collect::<Array>().into()
}

/// A value in writing.
pub(crate) fn write(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap_or_default()
}
