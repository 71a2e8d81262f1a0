//! The names of ONNX Runtime's execution providers: what a configuration may ask for. Pure.

use std::fmt;

use super::DetectError;

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

    /// The providers that `names` mean, in their order.
    ///
    /// # Errors
    ///
    /// On the first name that nobody knows.
    pub fn parse_all(names: &[String]) -> Result<Vec<Self>, DetectError> {
        let known = |name: &String| {
            let provider = Self::ALL
                .into_iter()
                .find(|provider| provider.name() == name);
            provider.ok_or_else(|| DetectError::UnknownProvider { name: name.clone() })
        };
        names.iter().map(known).collect()
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
