//! Changes an ONNX file by the byte, so that tests need no exporter.

const VARINT: u64 = 0;
const BYTES: u64 = 2;

/// `model` with one more output `name`, f32 [1, `rows`, 2 · `columns`]: its output `output` beside itself.
pub fn with_output(model: &[u8], name: &str, rows: u64, columns: u64) -> Vec<u8> {
    let mut node = Vec::new();
    for (field, text) in [(1, "output"), (1, "output"), (2, name), (4, "Concat")] {
        put(&mut node, field, text.as_bytes());
    }
    let mut axis = Vec::new();
    put(&mut axis, 1, b"axis");
    axis.extend(number(3, 2));
    axis.extend(number(20, 2));
    put(&mut node, 5, &axis);

    let mut shape = Vec::new();
    for dim in [1, rows, 2 * columns] {
        put(&mut shape, 1, &number(1, dim));
    }
    let mut tensor = number(1, 1);
    put(&mut tensor, 2, &shape);
    let mut kind = Vec::new();
    put(&mut kind, 1, &tensor);
    let mut output = Vec::new();
    put(&mut output, 1, name.as_bytes());
    put(&mut output, 2, &kind);

    let mut more = Vec::new();
    put(&mut more, 1, &node);
    put(&mut more, 12, &output);
    appended_to_graph(model, &more)
}

/// The model's seventh field is its graph.
fn appended_to_graph(model: &[u8], more: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), model);
    while !rest.is_empty() {
        let (tag, at) = varint(rest);
        let (value, length) = varint(&rest[at..]);
        let body = at + length;
        if tag & 7 == VARINT {
            out.extend(&rest[..body]);
            rest = &rest[body..];
            continue;
        }
        assert_eq!(tag & 7, BYTES, "a model has no other kinds of fields");
        let (payload, after) = rest[body..].split_at(value as usize);
        match tag >> 3 {
            7 => put(&mut out, 7, &[payload, more].concat()),
            number => put(&mut out, number, payload),
        }
        rest = after;
    }
    out
}

fn put(out: &mut Vec<u8>, field: u64, payload: &[u8]) {
    out.extend(bytes(field << 3 | BYTES));
    out.extend(bytes(payload.len() as u64));
    out.extend(payload);
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [bytes(field << 3 | VARINT), bytes(value)].concat()
}

fn bytes(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn varint(bytes: &[u8]) -> (u64, usize) {
    let length = 1 + bytes.iter().take_while(|byte| **byte >= 0x80).count();
    let digits = bytes[..length].iter().rev();
    let value = digits.fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f));
    (value, length)
}
