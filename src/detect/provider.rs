//! The names of ONNX Runtime's execution providers: what a configuration may ask for. Pure.

use std::fmt;

use super::DetectError;
use crate::config::ProviderOption;

/// Hardware, and the library that drives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// NVIDIA, compiled for the very GPU.
    TensorRt,
    /// NVIDIA.
    Cuda,
    /// Intel CPUs, GPUs and NPUs.
    OpenVino,
    /// Qualcomm NPUs.
    Qnn,
    /// AMD GPUs.
    MigraphX,
    /// Any GPU through Vulkan.
    WebGpu,
    /// Arm CPUs through the Compute Library.
    Acl,
    /// CPUs through XNNPACK.
    Xnnpack,
    /// ONNX Runtime's own kernels; always there.
    Cpu,
}

impl Provider {
    /// Every provider that a configuration may name.
    pub const ALL: [Self; 9] = [
        Self::TensorRt,
        Self::Cuda,
        Self::OpenVino,
        Self::Qnn,
        Self::MigraphX,
        Self::WebGpu,
        Self::Acl,
        Self::Xnnpack,
        Self::Cpu,
    ];

    /// Whether any of these is more than ONNX Runtime's own kernels.
    pub fn is_hardware(providers: &[Self]) -> bool {
        providers.iter().any(|provider| *provider != Self::Cpu)
    }

    /// The configuration's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TensorRt => "tensorrt",
            Self::Cuda => "cuda",
            Self::OpenVino => "openvino",
            Self::Qnn => "qnn",
            Self::MigraphX => "migraphx",
            Self::WebGpu => "webgpu",
            Self::Acl => "acl",
            Self::Xnnpack => "xnnpack",
            Self::Cpu => "cpu",
        }
    }

    /// Whether there are options that ONNX Runtime can be told for it.
    pub const fn takes_options(self) -> bool {
        !matches!(self, Self::MigraphX | Self::Acl | Self::Cpu)
    }

    /// The providers that `names` mean, in their order.
    ///
    /// # Errors
    ///
    /// On the first name that nobody knows.
    pub fn parse_all(names: &[String]) -> Result<Vec<Self>, DetectError> {
        names.iter().map(|name| Self::parse(name)).collect()
    }

    fn parse(name: &str) -> Result<Self, DetectError> {
        let provider = Self::ALL
            .into_iter()
            .find(|provider| provider.name() == name);
        provider.ok_or_else(|| DetectError::UnknownProvider { name: name.into() })
    }

    /// Checks that each option is of a provider that takes some.
    ///
    /// # Errors
    ///
    /// On the first that is not.
    pub fn check_options(options: &[ProviderOption]) -> Result<(), DetectError> {
        for option in options {
            if !Self::parse(&option.provider)?.takes_options() {
                return Err(DetectError::NoOptions {
                    provider: option.provider.clone(),
                });
            }
        }
        Ok(())
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_for_a_provider_that_takes_some() {
        let option = |text: &str| text.parse::<ProviderOption>();
        let good = option("openvino.device_type=GPU.0").expect("is one");
        assert_eq!((&*good.name, &*good.value), ("device_type", "GPU.0"));
        assert!(Provider::check_options(&[good]).is_ok());
        for (text, said) in [
            ("cpu.level=3", "provider `cpu` takes no options"),
            ("gpu.level=3", "there is no provider `gpu`; there are"),
        ] {
            let option = option(text).expect("is one");
            let error = Provider::check_options(&[option]).expect_err("is refused");
            assert!(error.to_string().starts_with(said), "{error}");
        }
        for bad in ["openvino", "openvino=GPU", "device_type.=GPU", ".a=b"] {
            let error = option(bad).expect_err("is none");
            assert!(error.starts_with("it is PROVIDER.NAME=VALUE"), "{error}");
        }
    }

    #[test]
    fn every_name_is_known_and_no_other() {
        let names = Provider::ALL.map(|provider| provider.name().to_owned());
        assert_eq!(
            Provider::parse_all(&names).expect("are known"),
            Provider::ALL
        );
        let error = Provider::parse_all(&["gpu".to_owned()]).expect_err("is none");
        assert_eq!(
            error.to_string(),
            "there is no provider `gpu`; there are tensorrt; cuda; openvino; qnn; migraphx; webgpu; acl; xnnpack; cpu"
        );
    }
}
