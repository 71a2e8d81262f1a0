//! What each camera's threads have counted, as metrics. Pure.

use super::family::Family;
use crate::pipeline::{CameraSight, Counters, Sight, Stage};
use crate::publish::payload::CameraState;
use crate::types::EventKind;

/// Every metric of the cameras.
pub fn families(sight: &Sight) -> Vec<Family> {
    let cameras = &sight.cameras;
    vec![
        states(cameras),
        of_each(
            Family::counter(
                "watchpost_frames_total",
                &["camera"],
                "Frames looked at, those that turned out broken too.",
            ),
            cameras,
            |counters| counters.frames,
        ),
        dropped(cameras),
        of_each(
            Family::counter(
                "watchpost_stamp_jumps_total",
                &["camera"],
                "Time-stamps that stood still, went back or leapt.",
            ),
            cameras,
            |counters| counters.stamp_jumps,
        ),
        of_each(
            Family::counter("watchpost_inferences_total", &["camera"], "Inferences run."),
            cameras,
            |counters| counters.inferences,
        ),
        of_each(
            Family::counter(
                "watchpost_inferences_saved_total",
                &["camera"],
                "Inferences that the motion gate saved.",
            ),
            cameras,
            |counters| counters.inferences_saved,
        ),
        stages(cameras),
        of_each(
            Family::gauge(
                "watchpost_people",
                &["camera"],
                "People in view: confirmed tracks.",
            ),
            cameras,
            |counters| counters.people.into(),
        ),
        events(cameras),
        suppressed(cameras),
        crossings(cameras),
        Family::gauge(
            "watchpost_frame_rate_share",
            &[],
            "Share of the wanted frame rate that the governor grants, 0-1.",
        )
        .number(&[], sight.rate_share),
    ]
}

fn of_each(family: Family, cameras: &[CameraSight], count: fn(&Counters) -> u64) -> Family {
    cameras.iter().fold(family, |family, camera| {
        family.count(&[&camera.name], count(&camera.counters))
    })
}

fn states(cameras: &[CameraSight]) -> Family {
    let family = Family::gauge(
        "watchpost_camera_state",
        &["camera", "state"],
        "1 for the state that the camera is in, 0 for the others.",
    );
    let all = cameras
        .iter()
        .flat_map(|camera| CameraState::ALL.map(|state| (camera, state)));
    all.fold(family, |family, (camera, state)| {
        family.flag(&[&camera.name, state.name()], camera.state == state)
    })
}

fn dropped(cameras: &[CameraSight]) -> Family {
    let family = Family::counter(
        "watchpost_frames_dropped_total",
        &["camera", "reason"],
        "Frames that led to nothing. Of those looked at: broken, inference_failed; all others were never looked at.",
    );
    cameras.iter().fold(family, |family, camera| {
        let counters = &camera.counters;
        let reasons = [
            ("overwritten", counters.dropped),
            ("not_wanted", counters.skipped),
            ("flagged", counters.lost.flagged),
            ("short", counters.lost.short),
            ("missing", counters.lost.missing),
            ("broken", counters.broken),
            ("inference_failed", counters.failed),
        ];
        reasons.into_iter().fold(family, |family, (reason, count)| {
            family.count(&[&camera.name, reason], count)
        })
    })
}

fn stages(cameras: &[CameraSight]) -> Family {
    let family = Family::histogram(
        "watchpost_stage_seconds",
        &["camera", "stage"],
        "How long frames took, stage by stage. A stage that a frame did not need is not counted; total is from the \
         kernel's time-stamp to the outbox.",
    );
    let all = cameras
        .iter()
        .flat_map(|camera| Stage::ALL.map(|stage| (camera, stage)));
    all.fold(family, |family, (camera, stage)| {
        let times = camera.counters.latency.since_start(stage);
        family.times(&[&camera.name, stage.name()], times)
    })
}

fn events(cameras: &[CameraSight]) -> Family {
    let family = Family::counter(
        "watchpost_events_total",
        &["camera", "type"],
        "Events given to the outbox, by type.",
    );
    let all = cameras
        .iter()
        .flat_map(|camera| EventKind::NAMES.map(|kind| (camera, kind)));
    all.fold(family, |family, (camera, kind)| {
        let count = camera.counters.events.get(kind);
        family.count(&[&camera.name, kind], count.copied().unwrap_or(0))
    })
}

fn suppressed(cameras: &[CameraSight]) -> Family {
    let family = Family::counter(
        "watchpost_suppressed_total",
        &["camera", "reason"],
        "Whom the tracker believed in and nobody was told of: still as a thing, faint in the night, too small, flitting.",
    );
    let all = cameras.iter().flat_map(|camera| {
        let reasons = camera.counters.suppressed.iter();
        reasons.map(move |reason| (camera, reason))
    });
    all.fold(family, |family, (camera, (reason, count))| {
        family.count(&[&camera.name, reason], *count)
    })
}

fn crossings(cameras: &[CameraSight]) -> Family {
    let family = Family::counter(
        "watchpost_line_crossings_total",
        &["camera", "line", "direction"],
        "How often each line was crossed; the totals that are published, which survive a restart.",
    );
    let all = cameras.iter().flat_map(|camera| {
        let lines = camera.counters.lines.iter();
        lines.map(move |line| (camera, line))
    });
    all.fold(family, |family, (camera, line)| {
        let labels = |direction| [&*camera.name, &*line.name, direction];
        family
            .count(&labels("in"), line.entries)
            .count(&labels("out"), line.exits)
    })
}
