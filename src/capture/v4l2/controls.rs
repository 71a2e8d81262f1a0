//! The controls of an open node: what there are, and how they are set.

use std::io;

use v4l::device::Handle;
use v4l::v4l_sys::{
    V4L2_CTRL_FLAG_DISABLED, V4L2_CTRL_FLAG_GRABBED, V4L2_CTRL_FLAG_HAS_PAYLOAD,
    V4L2_CTRL_FLAG_INACTIVE, V4L2_CTRL_FLAG_NEXT_CTRL, V4L2_CTRL_FLAG_READ_ONLY,
    V4L2_CTRL_FLAG_WRITE_ONLY, v4l2_ctrl_type_V4L2_CTRL_TYPE_BITMASK,
    v4l2_ctrl_type_V4L2_CTRL_TYPE_BOOLEAN, v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER,
    v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER_MENU, v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER64,
    v4l2_ctrl_type_V4L2_CTRL_TYPE_MENU, v4l2_query_ext_ctrl,
};

use crate::capture::control::{Control, ControlKind, ControlProblem, Lock, Step, name_of, plan};
use crate::capture::v4l2::Node;
use crate::capture::v4l2::ioctl;
use crate::capture::v4l2::node::text;
use crate::config::ControlSetting;

/// No camera has so many; a driver whose list has no end must not keep us.
const CONTROLS_MAX: usize = 512;

/// As many entries of a menu are asked for at most.
const ENTRIES_MAX: i64 = 256;

impl Node {
    /// The controls that a number can set, in the driver's order.
    pub fn controls(&self) -> Vec<Control> {
        let device = self.handle();
        let mut controls = Vec::new();
        let mut id = 0;
        for _ in 0..CONTROLS_MAX {
            let next = ioctl::query_control(&device, id | V4L2_CTRL_FLAG_NEXT_CTRL);
            match next {
                // A driver that ignores the flag would give the same one for ever.
                Ok(found) if found.id > id => {
                    id = found.id;
                    controls.extend(control(&device, &found));
                }
                _ => break,
            }
        }
        controls
    }

    /// Sets what is configured, one after the other, and reads it back; gives what is not as configured.
    pub fn set_controls(&self, settings: &[ControlSetting]) -> Vec<ControlProblem> {
        if settings.is_empty() {
            return Vec::new();
        }
        let (steps, mut problems) = plan(&self.controls(), settings);
        problems.extend(steps.iter().filter_map(|step| self.set_control(step).err()));
        problems
    }

    /// Whether it is locked is asked anew: the step before may have switched its automatic off.
    fn set_control(&self, step: &Step) -> Result<(), ControlProblem> {
        let Step { id, name, value } = step;
        let (name, value) = (name.clone(), *value);
        let device = self.handle();
        let refused = |source| ControlProblem::Refused {
            name: name.clone(),
            value,
            source,
        };
        let now = ioctl::query_control(&device, *id).map_err(refused)?;
        if let Some(lock) = lock(now.flags) {
            return Err(ControlProblem::Locked { name, lock });
        }
        let wide = is_wide(&now);
        ioctl::set_control(&device, *id, wide, value).map_err(refused)?;
        match read(&device, &now) {
            Ok(found) if found != value => Err(ControlProblem::Changed {
                name,
                asked: value,
                found,
            }),
            // One that can only be written cannot be compared.
            _ => Ok(()),
        }
    }
}

/// `None` for headings, buttons, texts and structures, which no number sets.
fn control(device: &Handle, found: &v4l2_query_ext_ctrl) -> Option<Control> {
    const UNUSED: u32 = V4L2_CTRL_FLAG_DISABLED | V4L2_CTRL_FLAG_HAS_PAYLOAD;
    if found.flags & UNUSED != 0 {
        return None;
    }
    let kind = kind(device, found)?;
    let readable = found.flags & V4L2_CTRL_FLAG_WRITE_ONLY == 0;
    let value = readable.then(|| read(device, found).ok());
    Some(Control {
        id: found.id,
        name: name_of(&text(&found.name.map(|byte| byte as u8))),
        kind,
        default: found.default_value,
        value: value.flatten(),
        locked: lock(found.flags),
    })
}

#[expect(non_upper_case_globals, reason = "bindgen's names of V4L2's constants")]
fn kind(device: &Handle, found: &v4l2_query_ext_ctrl) -> Option<ControlKind> {
    let numbers = |min| ControlKind::Number {
        min,
        max: found.maximum,
        step: found.step,
    };
    Some(match found.type_ {
        v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER | v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER64 => {
            numbers(found.minimum)
        }
        // The kernel gives the mask's allowed bits as its maximum, in 32 bits.
        v4l2_ctrl_type_V4L2_CTRL_TYPE_BITMASK => numbers(0),
        v4l2_ctrl_type_V4L2_CTRL_TYPE_BOOLEAN => ControlKind::Switch,
        v4l2_ctrl_type_V4L2_CTRL_TYPE_MENU => menu(device, found, |entry| text(&entry.name)),
        v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER_MENU => {
            menu(device, found, |entry| entry.number.to_string())
        }
        _ => return None,
    })
}

/// A mask's 32 bits have no sign, although the kernel's field for them has.
fn read(device: &Handle, found: &v4l2_query_ext_ctrl) -> io::Result<i64> {
    let value = ioctl::control(device, found.id, is_wide(found))?;
    Ok(if found.type_ == v4l2_ctrl_type_V4L2_CTRL_TYPE_BITMASK {
        value & i64::from(u32::MAX)
    } else {
        value
    })
}

/// A menu may have gaps.
fn menu(
    device: &Handle,
    found: &v4l2_query_ext_ctrl,
    name: impl Fn(ioctl::MenuEntry) -> String,
) -> ControlKind {
    let first = found.minimum.max(0);
    let last = found.maximum.min(first.saturating_add(ENTRIES_MAX - 1));
    let entries = (first..=last).filter_map(|number| {
        let entry = ioctl::query_menu(device, found.id, u32::try_from(number).ok()?).ok()?;
        Some((number, name(entry)))
    });
    ControlKind::Menu(entries.collect())
}

const fn is_wide(found: &v4l2_query_ext_ctrl) -> bool {
    found.type_ == v4l2_ctrl_type_V4L2_CTRL_TYPE_INTEGER64
}

const fn lock(flags: u32) -> Option<Lock> {
    Some(if flags & V4L2_CTRL_FLAG_READ_ONLY != 0 {
        Lock::ReadOnly
    } else if flags & V4L2_CTRL_FLAG_INACTIVE != 0 {
        Lock::Inactive
    } else if flags & V4L2_CTRL_FLAG_GRABBED != 0 {
        Lock::Grabbed
    } else {
        return None;
    })
}
