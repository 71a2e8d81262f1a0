//! `[detector.options.PROVIDER]`: what ONNX Runtime's execution providers are told beside the model.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An option of an execution provider. Name and value are ONNX Runtime's own; only the provider knows which ones it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderOption {
    /// The configuration's word for the provider: `openvino`.
    pub provider: String,
    /// ONNX Runtime's name of the option: `device_type`.
    pub name: String,
    /// The value, as ONNX Runtime takes it: `GPU`.
    pub value: String,
}

/// As on a command line: `openvino.device_type=GPU`.
impl FromStr for ProviderOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('=').and_then(|(key, value)| {
            let (provider, name) = key.split_once('.')?;
            let whole = !provider.is_empty() && !name.is_empty();
            whole.then_some((provider, name, value))
        });
        let (provider, name, value) =
            parts.ok_or("it is PROVIDER.NAME=VALUE, such as openvino.device_type=GPU")?;
        Ok(Self {
            provider: provider.to_owned(),
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }
}
