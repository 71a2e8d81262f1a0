//! Registers execution providers with a session, one by one, so that each one's refusal is known.
//!
//! ONNX Runtime distinguishes a provider that is compiled in, one that registers (its own libraries load) and one that
//! takes part of the graph. `ort`'s list of providers falls back to the CPU without a word at each of these steps.

use ort::ep::{self, ExecutionProvider};
use ort::session::builder::SessionBuilder;

use crate::detect::{DetectError, NotUsed, Provider};

/// Registers `wanted` in order. Answers with the names of those that registered and why the others did not.
///
/// # Errors
///
/// When none did and the CPU, which always does, is not among them: somebody who leaves it out wants to hear of it.
pub fn register(
    wanted: &[Provider],
    builder: &mut SessionBuilder,
) -> Result<(Vec<String>, Vec<NotUsed>), DetectError> {
    let (mut used, mut not_used) = (Vec::new(), Vec::new());
    for provider in wanted {
        let what = provider.name().to_owned();
        match add(*provider, builder) {
            Ok(()) => used.push(what),
            Err(why) => not_used.push(NotUsed { what, why }),
        }
    }
    match used.is_empty() && !wanted.is_empty() {
        true => Err(DetectError::NoProvider { reasons: not_used }),
        false => Ok((used, not_used)),
    }
}

fn add(provider: Provider, builder: &mut SessionBuilder) -> Result<(), String> {
    match provider {
        Provider::TensorRt => try_register(&ep::TensorRT::default(), builder),
        Provider::Cuda => try_register(&ep::CUDA::default(), builder),
        Provider::OpenVino => try_register(&ep::OpenVINO::default(), builder),
        Provider::Qnn => try_register(&ep::QNN::default(), builder),
        Provider::MigraphX => try_register(&ep::MIGraphX::default(), builder),
        Provider::Acl => try_register(&ep::ACL::default(), builder),
        Provider::Xnnpack => try_register(&ep::XNNPACK::default(), builder),
        // It is always there; registering it again would only switch its memory arena off.
        Provider::Cpu => Ok(()),
    }
}

fn try_register<E: ExecutionProvider>(
    provider: &E,
    builder: &mut SessionBuilder,
) -> Result<(), String> {
    match E::is_available() {
        Ok(true) => provider
            .register(builder)
            .map_err(|error| error.to_string()),
        Ok(false) => Err("this library of ONNX Runtime was built without it".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
