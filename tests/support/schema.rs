//! The JSON Schemas of `docs/schemas`, as a subscriber would check against them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Where they lie.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

/// The schema `name`.
pub fn schema(name: &str) -> Value {
    let path = folder().join(format!("{name}.schema.json"));
    let text = fs::read_to_string(&path).expect("the schema is there");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Panics unless `message` is as the schema `name` says.
pub fn assert_valid(name: &str, message: &Value) {
    let mut schema = schema(name);
    if let Some(stats) = schema.pointer_mut("/properties/stats") {
        // It refers to another file; this is what it finds there.
        *stats = self::schema("status");
    }
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let errors: Vec<_> = validator
        .iter_errors(message)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?} in {message}");
}
