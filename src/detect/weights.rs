//! Makes weights constant that an ONNX model also lists among its inputs. Pure: bytes in, bytes out.
//!
//! Some exporters list every weight as an input that a caller might override. An engine then folds none of them into the
//! graph, and each is complained about at length. Nobody overrides weights here, so such inputs are dropped. Reads as much
//! protobuf as that takes ([ONNX's messages](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto)).

use std::collections::HashSet;

/// Before this version of the format, weights had to be listed as inputs and were constant all the same.
const IR_VERSION_MIN: u64 = 4;

/// Numbers of the fields that are looked at.
mod field {
    pub const MODEL_IR_VERSION: u64 = 1;
    pub const MODEL_GRAPH: u64 = 7;
    pub const GRAPH_INITIALIZER: u64 = 5;
    pub const GRAPH_INPUT: u64 = 11;
    pub const INITIALIZER_NAME: u64 = 8;
    pub const INPUT_NAME: u64 = 1;
}

/// `model` without inputs that are weights; as it is where there are none, or where it cannot be read: to refuse it is the
/// engine's part, which says why.
pub fn constant(model: Vec<u8>) -> Vec<u8> {
    rewritten(&model).unwrap_or(model)
}

fn rewritten(model: &[u8]) -> Option<Vec<u8>> {
    let fields = fields(model)?;
    let version = fields
        .iter()
        .find(|field| field.number == field::MODEL_IR_VERSION)?;
    if varint(version.payload)?.0 < IR_VERSION_MIN {
        return None;
    }
    let mut out = Vec::with_capacity(model.len());
    for field in fields {
        match field.number {
            field::MODEL_GRAPH => put(&mut out, field::MODEL_GRAPH, &graph(field.payload)?),
            _ => out.extend(field.whole),
        }
    }
    Some(out)
}

/// The graph without those inputs; `None` when there are none.
fn graph(graph: &[u8]) -> Option<Vec<u8>> {
    let fields = fields(graph)?;
    let weights = fields
        .iter()
        .filter(|field| field.number == field::GRAPH_INITIALIZER);
    let weights: HashSet<_> = weights
        .filter_map(|field| name(field, field::INITIALIZER_NAME))
        .collect();
    let is_weight = |field: &Field<'_>| {
        field.number == field::GRAPH_INPUT
            && name(field, field::INPUT_NAME).is_some_and(|name| weights.contains(name))
    };
    fields.iter().any(is_weight).then(|| {
        let kept = fields.iter().filter(|field| !is_weight(field));
        kept.flat_map(|field| field.whole).copied().collect()
    })
}

fn name<'a>(message: &Field<'a>, number: u64) -> Option<&'a [u8]> {
    let fields = fields(message.payload)?;
    let name = fields.iter().find(|field| field.number == number)?;
    Some(name.payload)
}

/// One field of a message.
struct Field<'a> {
    number: u64,
    /// With its number.
    whole: &'a [u8],
    /// Without its number and length.
    payload: &'a [u8],
}

/// The fields of a message; `None` when it is not one.
fn fields(mut message: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let (key, after_key) = varint(message)?;
        let (payload, rest) = match key & 7 {
            0 => after_key.split_at(after_key.len() - varint(after_key)?.1.len()),
            1 => after_key.split_at_checked(8)?,
            2 => {
                let (length, rest) = varint(after_key)?;
                rest.split_at_checked(usize::try_from(length).ok()?)?
            }
            5 => after_key.split_at_checked(4)?,
            _ => return None,
        };
        fields.push(Field {
            number: key >> 3,
            whole: &message[..message.len() - rest.len()],
            payload,
        });
        message = rest;
    }
    Some(fields)
}

/// A number of up to 64 bits, seven in each byte, and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

/// Appends a field with a length.
fn put(out: &mut Vec<u8>, number: u64, payload: &[u8]) {
    for mut value in [number << 3 | 2, payload.len() as u64] {
        while value >= 0x80 {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }
    out.extend(payload);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A message with one field.
    fn message(number: u64, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, number, payload);
        out
    }

    fn model(ir_version: u8, inputs: &[&str]) -> Vec<u8> {
        let node = message(1, b"node");
        let weight = [
            message(9, &[7; 300]),
            message(field::INITIALIZER_NAME, b"weight"),
        ]
        .concat();
        let weight = message(field::GRAPH_INITIALIZER, &weight);
        let inputs = inputs
            .iter()
            .map(|name| message(field::GRAPH_INPUT, &message(1, name.as_bytes())));
        let graph = [node, weight, inputs.collect::<Vec<_>>().concat()].concat();
        [
            vec![field::MODEL_IR_VERSION as u8 * 8, ir_version],
            message(field::MODEL_GRAPH, &graph),
        ]
        .concat()
    }

    #[test]
    fn weights_are_no_inputs() {
        let listed = model(6, &["images", "weight", "sizes"]);
        assert_eq!(constant(listed), model(6, &["images", "sizes"]));
    }

    #[test]
    fn other_models_stay_as_they_are() {
        for model in [
            model(6, &["images"]),
            model(3, &["images", "weight"]),
            b"no model".to_vec(),
        ] {
            assert_eq!(constant(model.clone()), model);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0usize..400, byte: u8, cut in 0usize..400) {
            let mut bytes = model(6, &["images", "weight"]);
            let length = bytes.len();
            bytes[at % length] = byte;
            bytes.truncate(length - cut % length);
            constant(bytes);
        }

        #[test]
        fn no_noise_makes_it_panic(noise: Vec<u8>) {
            constant(noise);
        }
    }
}
