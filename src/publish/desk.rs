//! Where commands come in and answers go out: what was carried out once is not carried out again, and what cannot be taken
//! now is refused at once. Nothing waits here for longer than a lock.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::publish::command::{Answer, Order, parse};
use crate::types::CommandName;

/// Orders that may wait for the daemon; the next one is refused.
const ORDERS_MAX: usize = 16;
/// Answers that may wait for the connection; more are dropped, because nobody can wait for them in vain for ever.
pub const ANSWERS_MAX: usize = 32;
/// Names of orders that are remembered, to tell repetitions.
const REMEMBERED: usize = 64;

/// The side of the connection.
pub struct Desk {
    allowed: Vec<CommandName>,
    orders: SyncSender<Order>,
    bell: Bell,
    answers: mpsc::Receiver<Answer>,
    carried_out: CarriedOut,
}

/// The side of the daemon.
pub struct Orders {
    orders: Receiver<Order>,
    bell: Bell,
    answers: mpsc::Sender<Answer>,
}

/// What is rung when an order comes in.
type Bell = Arc<Mutex<Option<Box<dyn Fn() + Send>>>>;

/// A desk for the commands that are `allowed`, and what is asked for at it.
pub fn desk(allowed: &[CommandName]) -> (Desk, Orders) {
    let (to_daemon, orders) = sync_channel(ORDERS_MAX);
    let (to_connection, answers) = mpsc::channel(ANSWERS_MAX);
    let bell = Bell::default();
    let desk = Desk {
        allowed: allowed.to_vec(),
        orders: to_daemon,
        bell: bell.clone(),
        answers,
        carried_out: CarriedOut::default(),
    };
    let orders = Orders {
        orders,
        bell,
        answers: to_connection,
    };
    (desk, orders)
}

impl Desk {
    /// Whether anything may be asked for.
    pub fn is_open(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// Takes a message to `cmd/<name>`; what there is to answer at once.
    pub fn take(&mut self, name: &str, payload: &[u8], retained: bool) -> Option<Answer> {
        let order = match parse(name, payload, retained, &self.allowed)? {
            Ok(order) => order,
            Err(refusal) => return Some(refusal),
        };
        if let Some(known) = self.carried_out.find(order.id.as_deref()) {
            // While it is still being carried out, its answer is on its way.
            return known.clone();
        }
        let id = order.id.clone();
        match self.orders.try_send(order) {
            Ok(()) => {
                self.carried_out.begin(id);
                self.ring();
                None
            }
            Err(TrySendError::Full(order)) => {
                Some(Answer::to(&order, Err("busy; try again".to_owned())))
            }
            Err(TrySendError::Disconnected(order)) => {
                Some(Answer::to(&order, Err("the daemon is stopping".to_owned())))
            }
        }
    }

    /// The daemon's next answer.
    pub async fn answer(&mut self) -> Option<Answer> {
        let answer = self.answers.recv().await?;
        self.carried_out.end(&answer);
        Some(answer)
    }

    fn ring(&self) {
        let bell = self.bell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ring) = &*bell {
            ring();
        }
    }
}

impl Orders {
    /// From now on `ring` is called when an order has come in.
    pub fn on_order(&self, ring: impl Fn() + Send + 'static) {
        let mut bell = self.bell.lock().unwrap_or_else(PoisonError::into_inner);
        *bell = Some(Box::new(ring));
    }

    /// The next order, if there is one.
    pub fn next(&self) -> Option<Order> {
        self.orders.try_recv().ok()
    }

    /// Answers an order. While the broker is away, answers are kept up to a limit and the others dropped.
    pub fn answer(&self, answer: Answer) {
        let _ = self.answers.try_send(answer);
    }
}

/// Orders with an id, and what was answered. The oldest are forgotten.
#[derive(Debug, Default)]
struct CarriedOut(VecDeque<(String, Option<Answer>)>);

impl CarriedOut {
    fn find(&self, id: Option<&str>) -> Option<&Option<Answer>> {
        let id = id?;
        let found = self.0.iter().find(|(known, _)| known == id);
        found.map(|(_, answer)| answer)
    }

    fn begin(&mut self, id: Option<String>) {
        if let Some(id) = id {
            self.0.truncate(REMEMBERED - 1);
            self.0.push_front((id, None));
        }
    }

    fn end(&mut self, answer: &Answer) {
        let mut all = self.0.iter_mut();
        if let Some((_, known)) = all.find(|(id, _)| Some(id) == answer.id.as_ref()) {
            *known = Some(answer.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::command::Told;

    fn error(answer: Option<Answer>) -> String {
        answer.expect("is answered").result.expect_err("is refused")
    }

    #[test]
    fn the_same_id_is_carried_out_once_and_answered_again() {
        let (mut desk, orders) = desk(&CommandName::ALL);
        let stats = br#"{"id":"a"}"#;
        assert_eq!(desk.take("stats", stats, false), None);
        assert_eq!(desk.take("stats", stats, false), None, "it is under way");
        let order = orders.next().expect("it came in");
        assert_eq!(orders.next(), None, "and only once");
        let answer = Answer::to(&order, Ok(Told::Done));
        orders.answer(answer.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        assert_eq!(runtime.block_on(desk.answer()), Some(answer.clone()));
        assert_eq!(desk.take("stats", stats, false), Some(answer));
        assert_eq!(orders.next(), None);
    }

    #[test]
    fn when_too_many_wait_the_next_is_refused_and_may_come_again() {
        let (mut desk, orders) = desk(&CommandName::ALL);
        for _ in 0..ORDERS_MAX {
            assert_eq!(desk.take("stats", b"", false), None);
        }
        let late = br#"{"id":"late"}"#;
        assert_eq!(error(desk.take("stats", late, false)), "busy; try again");
        assert!(orders.next().is_some());
        assert_eq!(
            desk.take("stats", late, false),
            None,
            "a refusal is not remembered"
        );
    }
}
