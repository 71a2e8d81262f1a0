//! Events → outbox on disk → MQTT broker.
