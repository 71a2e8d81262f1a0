//! The cameras as blocks for the configuration.

use crate::capture::control::Control;
use crate::capture::list::{Listed, Listing};
use crate::config::{USUAL_FPS, slug};
use crate::types::Size;

/// A `[[camera]]` block for each camera that can be used; what cannot be is said in comments.
pub fn listing(listing: &Listing) -> String {
    let mut text = String::new();
    let mut names: Vec<String> = Vec::new();
    for camera in &listing.cameras {
        if camera.choice.is_some() {
            let name = unused(&slug::from_text(&camera.capability.card), &names);
            text += &block(camera, &name);
            names.push(name);
        } else {
            text += &format!(
                "# {} cannot be used; see `watchpost cameras`\n\n",
                camera.path.display()
            );
        }
    }
    for error in &listing.refused {
        text += &comment(&error.to_string());
    }
    text
}

/// `name`, or `name-2`, `name-3`, … when that is taken.
pub fn unused(name: &str, taken: &[String]) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names
        .find(|name| !taken.contains(name))
        .expect("there is always another number")
}

fn block(camera: &Listed, name: &str) -> String {
    let mut text = comment(&camera.capability.card);
    text += "[[camera]]\n";
    text += &format!("name = {}\n", quoted(name));
    text += &format!("source = {}\n", quoted(&camera.source()));
    text += &format!("fps = {USUAL_FPS}\n");
    if let Some(choice) = &camera.choice {
        let Size { width, height } = choice.size;
        text += &format!("# width = {width}\n# height = {height}\n");
        text += &comment(&format!("chosen: {choice}"));
    }
    let controls: Vec<_> = camera.controls.iter().filter_map(control).collect();
    if !controls.is_empty() {
        text += "\n  # [camera.controls]\n";
    }
    text + &controls.concat() + "\n"
}

/// As it is now; `None` for one that cannot be set.
fn control(control: &Control) -> Option<String> {
    if control.locked.is_some() {
        return None;
    }
    let value = control.shown(control.value?);
    let line = format!("{} = {value}  # {}", control.name, control.kind);
    Some(format!("  {}", comment(&line)))
}

/// One line, whatever a camera may call itself.
fn comment(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("# {line}\n")
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::cameras::testing;
    use crate::config::{self, CameraName, Config, SourceConfig, Surroundings};

    /// What the real loader makes of `blocks` below the smallest file.
    fn loaded(blocks: &str) -> Config {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let model = folder.path().join("models/person");
        std::fs::create_dir_all(&model).expect("the store is made");
        std::fs::write(model.join("manifest.toml"), "").expect("the manifest is written");
        let path = folder.path().join("watchpost.toml");
        let text = format!("[mqtt]\nurl = \"mqtt://broker.lan\"\n\n{blocks}");
        std::fs::write(&path, text).expect("the file is written");
        let surroundings = Surroundings {
            host_name: "porch".into(),
            state_dir: folder.path().join("state"),
            model_dirs: vec![folder.path().join("models")],
            credentials_dir: None,
        };
        config::load(&path, &surroundings).unwrap_or_else(|error| panic!("{error}\n{blocks}"))
    }

    #[test]
    fn the_blocks_are_a_configuration() {
        let mut card = testing::camera();
        card.own_name = Some(CameraName::Card("a \"quoted\"\nname".into()));
        let cameras = vec![testing::camera(), card];
        let refused = Vec::new();
        let config = loaded(&listing(&Listing { cameras, refused }));
        let names: Vec<_> = config.cameras.iter().map(|camera| &*camera.name).collect();
        assert_eq!(names, ["hd-webcam", "hd-webcam-2"]);
        let own = testing::camera().own_name.expect("it has one");
        assert_eq!(config.cameras[0].source, SourceConfig::Named(own));
        assert_eq!(config.cameras[1].size, None, "as the model needs it");
    }

    #[test]
    fn the_size_is_left_to_the_model_until_the_comment_sign_is_removed() {
        let (cameras, refused) = (vec![testing::camera()], Vec::new());
        let blocks = listing(&Listing { cameras, refused });
        assert_eq!(loaded(&blocks).cameras[0].size, None);
        let named = blocks
            .replace("# width", "width")
            .replace("# height", "height");
        assert_eq!(loaded(&named).cameras[0].size, Some(Size::new(1280, 720)));
    }

    #[test]
    fn the_controls_can_be_switched_on_by_removing_the_comment_sign() {
        let (cameras, refused) = (vec![testing::camera()], Vec::new());
        let blocks = listing(&Listing { cameras, refused });
        let config = loaded(&blocks.replace("\n  # ", "\n  "));
        let controls = &config.cameras[0].node.controls;
        assert_eq!(controls.len(), 1, "the inactive one is left out");
        assert_eq!(controls[0].name, "auto_exposure");
        assert_eq!(controls[0].value.to_string(), "\"aperture_priority_mode\"");
    }
}
