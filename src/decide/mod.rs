//! Tracks → events: visits, zones, lines, dwell.
