//! Registers execution providers with a session, one by one, so that each one's refusal is known.
//!
//! ONNX Runtime distinguishes a provider that is compiled in, one that registers (its own libraries load) and one that
//! takes part of the graph. `ort`'s list of providers falls back to the CPU without a word at each of these steps.

use ort::ep::{self, ArbitrarilyConfigurableExecutionProvider, ExecutionProvider};
use ort::session::builder::SessionBuilder;

use crate::config::ProviderOption;
use crate::detect::{DetectError, NotUsed, Placement, Provider};

/// Registers `wanted` in order, each with its own of `options`; tells of each what became of it.
///
/// # Errors
///
/// When none did and the CPU, which always does, is not among them: somebody who leaves it out wants to hear of it.
pub fn register(
    wanted: &[Provider],
    options: &[ProviderOption],
    builder: &mut SessionBuilder,
) -> Result<Vec<Placement>, DetectError> {
    let placements = wanted
        .iter()
        .map(|provider| add(*provider, options, builder));
    let placements: Vec<_> = placements.collect();
    let none = placements.iter().all(|placement| !placement.registered);
    match none && !wanted.is_empty() {
        true => Err(DetectError::NoProvider {
            reasons: not_used(&placements),
        }),
        false => Ok(placements),
    }
}

/// What is not used, and why.
pub fn not_used(placements: &[Placement]) -> Vec<NotUsed> {
    let idle = placements
        .iter()
        .filter(|placement| !placement.is_used() && !placement.is_cpu());
    let why = |placement: &Placement| placement.why.clone().unwrap_or_default();
    idle.map(|placement| NotUsed {
        what: placement.name.clone(),
        why: why(placement),
    })
    .collect()
}

fn add(provider: Provider, options: &[ProviderOption], builder: &mut SessionBuilder) -> Placement {
    let name = provider.name();
    let own: Vec<_> = options.iter().filter(|o| o.provider == name).collect();
    match provider {
        Provider::TensorRt => try_register(name, &told(ep::TensorRT::default(), &own), builder),
        Provider::Cuda => try_register(name, &told(ep::CUDA::default(), &own), builder),
        Provider::OpenVino => try_register(name, &told(ep::OpenVINO::default(), &own), builder),
        Provider::Qnn => try_register(name, &told(ep::QNN::default(), &own), builder),
        Provider::MigraphX => try_register(name, &ep::MIGraphX::default(), builder),
        Provider::WebGpu => try_register(name, &told(ep::WebGPU::default(), &own), builder),
        Provider::Acl => try_register(name, &ep::ACL::default(), builder),
        Provider::Xnnpack => try_register(name, &told(ep::XNNPACK::default(), &own), builder),
        // It is always there; registering it again would only switch its memory arena off.
        Provider::Cpu => Placement::registered(name),
    }
}

/// The provider with its options.
fn told<E: ArbitrarilyConfigurableExecutionProvider>(provider: E, own: &[&ProviderOption]) -> E {
    own.iter().fold(provider, |provider, option| {
        provider.with_arbitrary_config(&option.name, &option.value)
    })
}

fn try_register<E: ExecutionProvider>(
    name: &str,
    provider: &E,
    builder: &mut SessionBuilder,
) -> Placement {
    match E::is_available() {
        Ok(true) => match provider.register(builder) {
            Ok(()) => Placement::registered(name),
            Err(error) => Placement::refused(name, error.to_string()),
        },
        Ok(false) => Placement::missing(name),
        Err(error) => Placement::refused(name, error.to_string()),
    }
}
