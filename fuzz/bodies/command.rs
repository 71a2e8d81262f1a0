//! A message to `cmd/<name>` from anybody at the broker: an order that was allowed, or a refusal that is valid JSON and says
//! why; never a panic, and nothing that is retained or too long is ever carried out.

use watchpost::publish::command::{COMMAND_BYTES_MAX, Command, parse};
use watchpost::types::CommandName;

/// Reads the flags, the topic's last level and the payload from `data`, with a line feed between the two.
pub fn check(data: &[u8]) {
    let Some((&flags, message)) = data.split_first() else {
        return;
    };
    let (retained, all) = (flags & 1 != 0, flags & 2 != 0);
    let end = message.iter().position(|&byte| byte == b'\n');
    let (name, payload) = message.split_at(end.unwrap_or(message.len()));
    let payload = payload.get(1..).unwrap_or_default();
    let Ok(name) = std::str::from_utf8(name) else {
        return;
    };
    let allowed = if all {
        CommandName::ALL.as_slice()
    } else {
        &[]
    };
    match parse(name, payload, retained, allowed) {
        None => {}
        Some(Ok(order)) => {
            assert!(!retained && payload.len() <= COMMAND_BYTES_MAX);
            assert_eq!(order.name.name(), name);
            assert!(allowed.contains(&order.name));
            if let Command::Threshold {
                value: Some(score), ..
            } = order.command
            {
                assert!((0.0..=1.0).contains(&score.get()));
            }
        }
        Some(Err(answer)) => {
            assert_eq!(answer.name, name);
            assert!(answer.result.is_err(), "a refusal that says nothing");
            let told: serde_json::Value =
                serde_json::from_str(&answer.json()).expect("an answer is JSON");
            assert_eq!(told["ok"], false);
        }
    }
}
