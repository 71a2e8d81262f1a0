//! Which execution provider really took the model. Pure.
//!
//! A provider can be compiled into the library, registered with the session, and given nodes of the model: three different
//! things. At each step ONNX Runtime falls back to the CPU without a word.

use serde::Serialize;

/// What became of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// The configuration's word for it.
    pub name: String,
    /// Whether the library has it.
    pub compiled_in: bool,
    /// Whether the session took it: its own libraries load and its device is there.
    pub registered: bool,
    /// How many of the model's nodes it took; absent where the runtime does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<usize>,
    /// Why it is not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Nodes by ONNX Runtime's name of the provider that took them, such as `CPUExecutionProvider`.
#[cfg(feature = "onnxruntime")]
pub type Nodes = std::collections::BTreeMap<String, usize>;

const CPU: &str = "cpu";

impl Placement {
    /// A provider that the session took.
    pub fn registered(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            compiled_in: true,
            registered: true,
            nodes: None,
            why: None,
        }
    }

    /// A provider that the library lacks.
    pub fn missing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            compiled_in: false,
            registered: false,
            nodes: None,
            why: Some("this library of ONNX Runtime was built without it".to_owned()),
        }
    }

    /// A provider that the library has and the session did not take.
    pub fn refused(name: &str, why: String) -> Self {
        Self {
            name: name.to_owned(),
            compiled_in: true,
            registered: false,
            nodes: None,
            why: Some(why),
        }
    }

    /// Whether it runs a part of the model, as far as is known.
    pub fn is_used(&self) -> bool {
        self.registered && self.nodes != Some(0)
    }

    /// Whether it is the one that takes what others leave.
    pub fn is_cpu(&self) -> bool {
        self.name == CPU
    }
}

/// Writes down who took how many nodes. Whoever took some without being asked for, the CPU above all, comes last.
#[cfg(feature = "onnxruntime")]
pub fn place(placements: &mut Vec<Placement>, nodes: &Nodes) {
    let took = |name: &str| {
        let of = |(known, count): (&String, &usize)| (word(known) == name).then_some(*count);
        nodes.iter().find_map(of).unwrap_or(0)
    };
    for placement in placements
        .iter_mut()
        .filter(|placement| placement.registered)
    {
        let nodes = took(&placement.name);
        placement.nodes = Some(nodes);
        if nodes == 0 && !placement.is_cpu() {
            placement.why = Some("it took no node of this model".to_owned());
        }
    }
    for (name, count) in nodes {
        let name = word(name);
        if placements.iter().all(|placement| placement.name != name) {
            placements.push(Placement {
                nodes: Some(*count),
                ..Placement::registered(&name)
            });
        }
    }
}

/// The same from a runtime that tells only who ran something: what a provider has fused into one is one node there, so that
/// no number says how much of the model it took. That it ran none is told.
#[cfg(feature = "onnxruntime")]
pub fn place_who_ran(placements: &mut Vec<Placement>, nodes: &Nodes) {
    place(placements, nodes);
    for placement in placements {
        placement.nodes = placement.nodes.filter(|nodes| *nodes == 0);
    }
}

/// The configuration's word for a provider of ONNX Runtime's name.
#[cfg(feature = "onnxruntime")]
fn word(name: &str) -> String {
    let stem = name.strip_suffix("ExecutionProvider").unwrap_or(name);
    stem.to_lowercase()
}

/// What is wrong when hardware was asked for: that the CPU does all or most of its work. Nothing when none was.
pub fn warning(placements: &[Placement]) -> Option<String> {
    let asked: Vec<_> = placements.iter().filter(|p| !p.is_cpu()).collect();
    if asked.is_empty() {
        return None;
    }
    let Some(used) = asked.iter().find(|placement| placement.is_used()) else {
        let reason =
            |p: &&Placement| format!("{}: {}", p.name, p.why.as_deref().unwrap_or("not used"));
        let reasons: Vec<_> = asked.iter().map(reason).collect();
        return Some(format!(
            "the CPU runs the whole model; {}",
            reasons.join("; ")
        ));
    };
    let all: usize = placements.iter().filter_map(|p| p.nodes).sum();
    let on_cpu = placements
        .iter()
        .filter(|p| p.is_cpu())
        .find_map(|p| p.nodes)?;
    (on_cpu * 2 > all).then(|| {
        format!(
            "the CPU runs {on_cpu} of the model's {all} nodes; {} took only {}",
            used.name,
            used.nodes.unwrap_or(0)
        )
    })
}

/// How many nodes who took, for people: `openvino 171, cpu 3`.
pub fn summary(placements: &[Placement]) -> String {
    let text = |placement: &Placement| match (placement.registered, placement.nodes) {
        (true, Some(nodes)) => format!("{} {nodes}", placement.name),
        (true, None) => placement.name.clone(),
        (false, _) => format!("{} not used", placement.name),
    };
    placements.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[cfg(all(test, feature = "onnxruntime"))]
mod tests {
    use super::*;

    fn placed(mut placements: Vec<Placement>, nodes: &[(&str, usize)]) -> Vec<Placement> {
        let nodes = nodes
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        place(&mut placements, &nodes.collect());
        placements
    }

    #[test]
    fn who_falls_back_to_the_cpu_is_told_and_who_wants_the_cpu_is_not() {
        let cpu = ("CPUExecutionProvider", 100);
        let none = || vec![Placement::registered("cpu")];
        assert_eq!(warning(&placed(none(), &[cpu])), None);

        let missing = placed(
            vec![Placement::missing("cuda"), Placement::registered("cpu")],
            &[cpu],
        );
        assert_eq!(summary(&missing), "cuda not used, cpu 100");
        assert_eq!(
            warning(&missing).as_deref(),
            Some(
                "the CPU runs the whole model; cuda: this library of ONNX Runtime was built without it"
            )
        );

        let idle = placed(vec![Placement::registered("xnnpack")], &[cpu]);
        assert_eq!(summary(&idle), "xnnpack 0, cpu 100");
        assert!(!idle[0].is_used());
        assert_eq!(
            warning(&idle).as_deref(),
            Some("the CPU runs the whole model; xnnpack: it took no node of this model")
        );
    }

    #[test]
    fn one_that_takes_most_is_enough_even_when_a_more_wanted_one_is_not_there() {
        let wanted = vec![
            Placement::refused("tensorrt", "no library".into()),
            Placement::registered("cuda"),
        ];
        let good = placed(
            wanted.clone(),
            &[("CUDAExecutionProvider", 90), ("CPUExecutionProvider", 10)],
        );
        assert_eq!(summary(&good), "tensorrt not used, cuda 90, cpu 10");
        let whole = vec![
            Placement::registered("openvino"),
            Placement::registered("cpu"),
        ];
        let whole = placed(whole, &[("OpenVINOExecutionProvider", 7)]);
        assert_eq!(
            (summary(&whole), warning(&whole)),
            ("openvino 7, cpu 0".into(), None)
        );
        assert_eq!(warning(&good), None);
        let bad = placed(
            wanted,
            &[("CUDAExecutionProvider", 10), ("CPUExecutionProvider", 90)],
        );
        assert_eq!(
            warning(&bad).as_deref(),
            Some("the CPU runs 90 of the model's 100 nodes; cuda took only 10")
        );
    }

    #[test]
    fn a_provider_that_fuses_the_model_into_one_node_has_not_left_it_to_the_cpu() {
        let wanted = || {
            vec![
                Placement::registered("openvino"),
                Placement::registered("cpu"),
            ]
        };
        let ran = |nodes: &[(&str, usize)]| {
            let nodes = nodes
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count));
            let mut placements = wanted();
            place_who_ran(&mut placements, &nodes.collect());
            placements
        };
        let fused = ran(&[
            ("OpenVINOExecutionProvider", 1),
            ("CPUExecutionProvider", 5),
        ]);
        assert_eq!(
            (summary(&fused), warning(&fused)),
            ("openvino, cpu".into(), None)
        );
        let idle = ran(&[("CPUExecutionProvider", 357)]);
        assert_eq!(summary(&idle), "openvino 0, cpu");
        assert!(warning(&idle).is_some_and(|warning| warning.contains("took no node")));
    }

    #[test]
    fn where_the_runtime_does_not_tell_nothing_is_claimed() {
        let unknown = [Placement::registered("cuda"), Placement::registered("cpu")];
        assert_eq!(warning(&unknown), None);
        assert_eq!(summary(&unknown), "cuda, cpu");
    }
}
