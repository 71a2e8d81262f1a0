//! Whether a model's file is what its manifest says it is. Pure: both sides come as values.

use std::fmt;

use super::decode;
use super::manifest::{Family, Manifest};
use super::tensor::{Port, picture_dims};

/// Everything that goes into a model and comes out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports {
    /// What must be fed.
    pub inputs: Vec<Port>,
    /// What comes back.
    pub outputs: Vec<Port>,
}

/// One input or output on which manifest and model differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    name: String,
    manifest: Option<Port>,
    model: Option<Port>,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |port: &Option<Port>| port.as_ref().map_or("nothing".into(), Port::to_string);
        write!(
            f,
            "`{}` is {} in the manifest and {} in the model",
            self.name,
            side(&self.manifest),
            side(&self.model)
        )
    }
}

/// What a manifest says that its model has: all that is [used], and the output that is kept for later.
pub fn promised(manifest: &Manifest) -> Ports {
    let mut ports = used(manifest);
    if let (Some(embedding), Some(strides)) =
        (&manifest.embedding, manifest.output.family.strides())
    {
        let cells = decode::cells(strides, manifest.input.size);
        let dims = [Some(1), Some(cells), Some(embedding.size)];
        ports.outputs.push(Port::floats(&embedding.name, &dims));
    }
    ports
}

/// What the detector feeds and fetches.
pub fn used(manifest: &Manifest) -> Ports {
    let size = manifest.input.size;
    let picture = picture_dims(size).map(Some);
    let mut inputs = vec![Port {
        kind: manifest.input_kind.clone(),
        ..Port::floats(&manifest.input_name, &picture)
    }];
    if let Family::Detr {
        size_input: Some(name),
    } = &manifest.output.family
    {
        inputs.push(Port::integers(name, &[Some(1), Some(2)]));
    }
    Ports {
        inputs,
        outputs: decode::ports(&manifest.output, size),
    }
}

/// Where the two differ. Outputs that the manifest does not name are nobody's business; inputs are, for somebody must feed
/// them.
pub fn disagreements(manifest: &Ports, model: &Ports) -> Vec<Disagreement> {
    let inputs = differences(&manifest.inputs, &model.inputs);
    let unfed = model
        .inputs
        .iter()
        .filter(|port| named(&manifest.inputs, &port.name).is_none());
    let unfed = unfed.map(|port| Disagreement {
        name: port.name.clone(),
        manifest: None,
        model: Some(port.clone()),
    });
    let outputs = differences(&manifest.outputs, &model.outputs);
    inputs.chain(unfed).chain(outputs).collect()
}

fn differences(manifest: &[Port], model: &[Port]) -> impl Iterator<Item = Disagreement> {
    manifest.iter().filter_map(|expected| {
        let found = named(model, &expected.name);
        let agrees = found.is_some_and(|found| found.agrees(expected));
        (!agrees).then(|| Disagreement {
            name: expected.name.clone(),
            manifest: Some(expected.clone()),
            model: found.cloned(),
        })
    })
}

fn named<'a>(ports: &'a [Port], name: &str) -> Option<&'a Port> {
    ports.iter().find(|port| port.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Ports {
        Ports {
            inputs: vec![Port::floats(
                "images",
                &[Some(1), Some(3), Some(256), Some(416)],
            )],
            outputs: vec![Port::floats("output", &[Some(1), Some(2184), Some(5)])],
        }
    }

    fn check(model: Ports, expected: &[&str]) {
        let found = disagreements(&manifest(), &model);
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_model_as_declared_has_no_disagreements() {
        check(manifest(), &[]);
    }

    #[test]
    fn dimensions_that_the_model_leaves_open_are_the_manifests_to_fix() {
        let model = Ports {
            inputs: vec![Port::floats("images", &[None, Some(3), None, None])],
            outputs: vec![
                Port {
                    dims: None,
                    ..manifest().outputs[0].clone()
                },
                Port::floats("more", &[Some(1)]),
            ],
        };
        check(model, &[]);
    }

    #[test]
    fn every_difference_shows_both_sides() {
        let model = Ports {
            inputs: vec![
                Port::floats("images", &[Some(1), Some(3), Some(416), Some(416)]),
                Port::integers("sizes", &[None, Some(2)]),
            ],
            outputs: vec![Port::floats("out", &[])],
        };
        check(
            model,
            &[
                "`images` is f32 [1, 3, 256, 416] in the manifest and f32 [1, 3, 416, 416] in the model",
                "`sizes` is nothing in the manifest and i64 [?, 2] in the model",
                "`output` is f32 [1, 2184, 5] in the manifest and nothing in the model",
            ],
        );
    }
}
