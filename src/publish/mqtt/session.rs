//! One connection, from its beginning to its end.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{info, warn};

use super::client::{
    About, Driven, Failure, Fate, Message, News, NotSent, Received, Terms, connect,
};
use super::version::Versions;
use super::{End, Link, StopBy, reason};
use crate::causes::chain;
use crate::publish::LOCK;
use crate::publish::command::{Answer, RESULT_SCHEMA};
use crate::publish::desk::ANSWERS_MAX;
use crate::publish::discovery::birth_topic;
use crate::publish::episode::Episode;
use crate::publish::frigate::{AVAILABLE_TOPIC, EVENTS_TOPIC};
use crate::publish::inbox::{Delivery, Report};
use crate::publish::outbox::WINDOW;
use crate::publish::payload::EVENT_SCHEMA;
use crate::random;
use crate::types::Monotonic;

/// A broker that answers pings but acknowledges nothing for this long is left.
const ACK_TIMEOUT: Duration = Duration::from_secs(30);
/// A state that the broker refuses is tried again after this time.
const STATE_RETRY: Duration = Duration::from_secs(30);
/// When Home Assistant comes up, a hundred devices must not all answer at once.
const ANNOUNCE_WITHIN: Duration = Duration::from_secs(10);
/// What a publish packet needs besides topic and payload: headers, lengths, the packet identifier and properties.
const PACKET_OVERHEAD_BYTES: usize = 100;
/// Whoever asked does not wait longer for the answer.
const ANSWER_EXPIRY: Duration = Duration::from_secs(300);

/// What a message on its way is.
#[derive(Debug)]
enum What {
    Event(u64),
    State(u64),
    /// The answer to a command; it is sent once.
    Answer,
    /// The same as Frigate says it; what is our own makes sure that it arrives.
    Compat,
    Availability,
}

/// A message that has reached the broker, or not.
struct Landed {
    what: What,
    topic: String,
    fate: Fate,
}

/// What became of a subscription.
struct Subscribed {
    filter: String,
    fate: Fate,
}

struct Session<'a> {
    link: &'a mut Link,
    driven: Driven,
    deliveries: mpsc::Receiver<Delivery>,
    on_the_way: JoinSet<Landed>,
    /// Answers among what is on the way.
    answers: usize,
    /// Why commands are refused, as last told to the log.
    refusals: Episode,
    subscriptions: JoinSet<Subscribed>,
    /// When Home Assistant is told of us again.
    announce_at: Option<Instant>,
    /// The last time that something was acknowledged, or that the first message was sent after a rest.
    progress: Instant,
    packet_bytes_max: usize,
    /// Topics that the broker refuses, and why.
    refused: BTreeMap<String, String>,
    acknowledged: u64,
}

impl Link {
    /// One connection.
    pub(super) async fn session(&mut self, versions: &mut Versions, stop: &mut StopBy) -> End {
        let version = versions.next();
        let mut driven = match connect(&self.config, version, &self.topics.availability()) {
            Ok(driven) => driven,
            Err(error) => return End::NotAccepted(Failure::because(chain(&error))),
        };
        let accepted = tokio::select! {
            accepted = driven.accepted() => match accepted {
                Ok(terms) => terms,
                Err(failure) => return End::NotAccepted(failure),
            },
            _ = stop.wait_for(Option::is_some) => return End::Stopped(false),
        };
        if !versions.accepted() {
            driven.part().await;
            return End::Doubted;
        }
        self.connected(version);
        let (to_session, deliveries) = mpsc::channel(WINDOW);
        let mut session = Session::new(self, driven, deliveries, &accepted);
        session.subscribe();
        session.say("online");
        session.link.board.with(|states| states.connected());
        session
            .link
            .shared
            .inbox
            .report(Report::Connected(to_session));
        let end = session.run(stop).await;
        session.settle().await;
        end
    }
}

impl<'a> Session<'a> {
    fn new(
        link: &'a mut Link,
        driven: Driven,
        deliveries: mpsc::Receiver<Delivery>,
        terms: &Terms,
    ) -> Self {
        Self {
            link,
            driven,
            deliveries,
            on_the_way: JoinSet::new(),
            answers: 0,
            refusals: Episode::default(),
            subscriptions: JoinSet::new(),
            announce_at: None,
            progress: Instant::now(),
            packet_bytes_max: terms.packet_bytes_max,
            refused: BTreeMap::new(),
            acknowledged: 0,
        }
    }

    async fn run(&mut self, stop: &mut StopBy) -> End {
        loop {
            self.send_states();
            let stop_by = *stop.borrow_and_update();
            if let Some(by) = stop_by
                && (self.is_settled() || by <= Instant::now())
            {
                return End::Stopped(self.farewell(by).await);
            }
            let patience_ends = self.progress + ACK_TIMEOUT;
            let state_retry = self.state_retry();
            tokio::select! {
                news = self.driven.news.recv() => match news {
                    Some(News::Message(message)) => self.take(&message),
                    news => return self.ended(news),
                },
                Some(subscribed) = self.subscriptions.join_next() => {
                    subscribed_to(&subscribed.expect("it cannot panic"));
                }
                Some(answer) = self.link.desk.answer(), if self.answers < ANSWERS_MAX => self.answer(&answer),
                Some(landed) = self.on_the_way.join_next() => self.landed(landed.expect("it cannot panic")),
                Some(delivery) = self.deliveries.recv() => self.deliver(delivery),
                () = self.link.board.changed() => {}
                () = sleep_until(state_retry.unwrap_or(patience_ends)), if state_retry.is_some() => {}
                () = sleep_until(self.announce_at.unwrap_or(patience_ends)), if self.announce_at.is_some() => {
                    self.announce_again();
                }
                () = sleep_until(patience_ends), if !self.on_the_way.is_empty() => {
                    return lost("the broker acknowledges nothing any more");
                }
                () = sleep_until(stop_by.unwrap_or(patience_ends)), if stop_by.is_some() => {}
                Ok(()) = stop.changed() => {}
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.on_the_way.is_empty() && self.link.board.with(|states| states.is_settled())
    }

    fn state_retry(&self) -> Option<Instant> {
        let at = self.link.board.with(|states| states.retry_at())?;
        Some(Instant::now() + at.since(self.now()))
    }

    fn ended(&self, news: Option<News>) -> End {
        let Some(News::Failed(failure)) = news else {
            return lost(reason::ENDED);
        };
        End::Lost {
            reason: failure.reason,
            useful: self.acknowledged > 0 && !failure.on_purpose,
        }
    }

    fn deliver(&mut self, Delivery { seq, record }: Delivery) {
        let shared = &self.link.shared;
        let (now, wall) = (self.now(), shared.clock.wall());
        let latency = record.latency(shared.boot, now, wall);
        let message = record.message(shared.boot, now, wall);
        self.link.stats(|stats| stats.lateness.add(latency));
        let compat = self.link.frigate.as_mut();
        if let Some(compat) = compat.and_then(|frigate| frigate.event(&record.body)) {
            // Before our own: once the broker has acknowledged that, it has had this too.
            self.publish(What::Compat, EVENTS_TOPIC.to_owned(), compat, false);
        }
        let topic = self.link.topics.event(&record.camera);
        self.publish(What::Event(seq), topic, message, false);
    }

    fn send_states(&mut self) {
        let now = self.now();
        while let Some(state) = self.link.board.with(|states| states.next(now)) {
            self.publish(What::State(state.ticket), state.topic, state.value, true);
        }
    }

    /// Asks for what is sent to us: commands if any are allowed, and Home Assistant's birth if it shall know us.
    fn subscribe(&mut self) {
        let mut filters = Vec::new();
        if self.link.desk.is_open() {
            filters.push(self.link.topics.commands());
        }
        if let Some(prefix) = &self.link.config.home_assistant {
            filters.push(birth_topic(prefix));
        }
        for filter in filters {
            match self.driven.client.subscribe(&filter) {
                Ok(later) => {
                    self.subscriptions.spawn(async move {
                        let fate = later.await;
                        Subscribed { filter, fate }
                    });
                }
                Err(error) => warn!(filter, error = error.to_string(), "cannot subscribe"),
            }
        }
    }

    /// Something was sent to us.
    fn take(&mut self, message: &Received) {
        let topic = message.topic.as_str();
        let birth = self.link.config.home_assistant.as_deref().map(birth_topic);
        if birth.as_deref() == Some(topic) {
            if message.payload == b"online" {
                let delay = ANNOUNCE_WITHIN.mul_f64(random::bits() as f64 / u64::MAX as f64);
                info!(?delay, "Home Assistant has come up; it is told of us again");
                self.announce_at = Some(Instant::now() + delay);
            }
        } else if let Some(name) = self.link.topics.command_in(topic) {
            let answer = self
                .link
                .desk
                .take(name, &message.payload, message.retained);
            if let Some(answer) = answer {
                self.answer(&answer);
            }
        }
    }

    fn answer(&mut self, answer: &Answer) {
        match &answer.result {
            Ok(_) => drop(self.refusals.over()),
            Err(error) if self.refusals.trouble(error) => {
                warn!(command = answer.name, error, "a command is refused");
            }
            Err(_) => {}
        }
        // Whoever floods us with nonsense is not answered every time.
        if self.answers < ANSWERS_MAX {
            let topic = self.link.topics.command_result(&answer.name);
            self.publish(What::Answer, topic, answer.json(), false);
        }
    }

    fn announce_again(&mut self) {
        self.announce_at = None;
        let announcer = self.link.announcer.lock().expect(LOCK);
        self.link
            .board
            .with(|states| states.again(announcer.topic()));
    }

    fn say(&mut self, availability: &str) {
        let topic = self.link.topics.availability();
        self.publish(What::Availability, topic, availability.to_owned(), true);
    }

    fn publish(&mut self, what: What, topic: String, message: String, retained: bool) {
        let bytes = topic.len() + message.len() + PACKET_OVERHEAD_BYTES;
        if bytes > self.packet_bytes_max {
            let why = format!(
                "{bytes} bytes are more than the {} that the broker accepts",
                self.packet_bytes_max
            );
            return self.refuse(what, topic, why);
        }
        let message = Message {
            topic: topic.clone(),
            payload: message,
            retained,
            about: self.about(&what),
        };
        match self.driven.client.publish(message) {
            Ok(later) => {
                if self.on_the_way.is_empty() {
                    self.progress = Instant::now();
                }
                self.answers += usize::from(matches!(what, What::Answer));
                self.on_the_way.spawn(async move {
                    let fate = later.await;
                    Landed { what, topic, fate }
                });
            }
            // That is on its way as news.
            Err(NotSent::Ended) => {}
            Err(NotSent::Refused(why)) => self.refuse(what, topic, why),
        }
    }

    fn about(&self, what: &What) -> About {
        match what {
            What::Event(_) => About {
                schema: Some(EVENT_SCHEMA),
                expiry: self.link.config.event_expiry,
            },
            What::Answer => About {
                schema: Some(RESULT_SCHEMA),
                expiry: Some(ANSWER_EXPIRY),
            },
            What::State(_) | What::Compat | What::Availability => About::default(),
        }
    }

    fn landed(&mut self, landed: Landed) {
        let Landed { what, topic, fate } = landed;
        self.progress = Instant::now();
        self.answers -= usize::from(matches!(what, What::Answer));
        match fate {
            Fate::Taken => self.acknowledge(what, &topic),
            Fate::Refused(why) => self.refuse(what, topic, why),
            Fate::Unknown => {}
        }
    }

    fn acknowledge(&mut self, what: What, topic: &str) {
        self.acknowledged += 1;
        match what {
            What::Event(seq) => self.link.shared.inbox.report(Report::Acknowledged(seq)),
            What::State(ticket) => {
                self.link.board.with(|states| states.acknowledged(ticket));
                let mut announcer = self.link.announcer.lock().expect(LOCK);
                if announcer.is_about(topic) {
                    announcer.acknowledged(&self.link.board);
                }
            }
            What::Answer | What::Compat | What::Availability => {}
        }
        if self.refused.remove(topic).is_some() {
            info!(topic, "the broker accepts this topic again");
            let next = self.refused.first_key_value().map(describe);
            self.link.stats(|stats| stats.last_error = next);
        }
    }

    fn refuse(&mut self, what: What, topic: String, why: String) {
        match what {
            What::Event(seq) => self.link.shared.inbox.report(Report::Refused(seq)),
            What::State(ticket) => {
                let retry_at = self.now() + STATE_RETRY;
                self.link
                    .board
                    .with(|states| states.refused(ticket, retry_at));
            }
            What::Answer | What::Compat | What::Availability => {}
        }
        let text = describe((&topic, &why));
        self.link.stats(|stats| {
            stats.refused += 1;
            stats.last_error = Some(text);
        });
        if self.refused.get(&topic) != Some(&why) {
            warn!(
                topic,
                reason = why,
                "the broker refuses messages; trying again later"
            );
            self.refused.insert(topic, why);
        }
    }

    /// Says `offline` and closes the connection; whether the broker has taken it.
    async fn farewell(&mut self, by: Instant) -> bool {
        // Even when the time is up, a broker that is there gets a moment.
        let by = by.max(Instant::now() + Duration::from_millis(500));
        let before = self.acknowledged;
        self.on_the_way.abort_all();
        while self.on_the_way.join_next().await.is_some() {}
        if self.link.frigate.is_some() {
            let (topic, offline) = (AVAILABLE_TOPIC.to_owned(), "offline".to_owned());
            self.publish(What::Compat, topic, offline, true);
        }
        self.say("offline");
        let farewells = self.on_the_way.len() as u64;
        while let Ok(Some(Ok(landed))) = timeout_at(by, self.on_the_way.join_next()).await {
            self.landed(landed);
        }
        let told = farewells > 0 && self.acknowledged == before + farewells;
        self.driven.part().await;
        info!(told, "left the broker");
        told
    }

    /// Ends the library's task and takes in what it still knows, so that nothing acknowledged is sent again.
    async fn settle(&mut self) {
        self.driven.stop().await;
        while let Some(landed) = self.on_the_way.join_next().await {
            self.landed(landed.expect("it cannot panic"));
        }
    }

    fn now(&self) -> Monotonic {
        self.link.shared.clock.monotonic()
    }
}

fn subscribed_to(subscribed: &Subscribed) {
    let Subscribed { filter, fate } = subscribed;
    match fate {
        Fate::Taken => info!(filter, "subscribed"),
        Fate::Refused(error) => warn!(filter, error, "the broker refuses the subscription"),
        // The connection has ended; the next one tries again.
        Fate::Unknown => {}
    }
}

fn describe((topic, why): (&String, &String)) -> String {
    format!("the broker refuses {topic}: {why}")
}

fn lost(reason: &str) -> End {
    End::Lost {
        reason: reason.to_owned(),
        useful: false,
    }
}
