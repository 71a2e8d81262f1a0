//! The answers as a configuration file. Pure.

use crate::capture::list::Listing;
use crate::cli::cameras::block;
use crate::config::slug;

use super::USUAL_BROKER;

/// What a first configuration needs to know.
#[derive(Debug)]
pub struct Answers {
    /// The device's name.
    pub device: String,
    /// The broker; the usual one when `None`.
    pub broker: Option<String>,
    /// User name at the broker.
    pub username: Option<String>,
    /// File that holds the password.
    pub password_file: Option<String>,
    /// The authority that signed the broker's certificate.
    pub ca_file: Option<String>,
    /// Whether Home Assistant shall find the device.
    pub home_assistant: bool,
    /// What watches.
    pub cameras: Cameras,
}

/// What watches.
#[derive(Debug)]
pub enum Cameras {
    /// Cameras that were found.
    Found(Listing),
    /// Sources as somebody named them.
    Named(Vec<String>),
}

impl Cameras {
    /// Whether nothing would watch.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Found(listing) => listing.cameras.iter().all(|camera| camera.choice.is_none()),
            Self::Named(sources) => sources.is_empty(),
        }
    }
}

/// The file.
pub fn text(answers: &Answers) -> String {
    let mut text = String::from(
        "# Written by `watchpost init`. Every other key, with its default: configuration.md in /usr/share/doc/watchpost.\n\
         # `watchpost check` says what is wrong here, `watchpost doctor` what is wrong elsewhere.\n\n",
    );
    let mut line = |key: &str, value: toml::Value| text += &format!("{key} = {value}\n");
    line("[device]\nname", answers.device.as_str().into());
    let broker = answers.broker.as_deref().unwrap_or(USUAL_BROKER);
    line("\n[mqtt]\nurl", broker.into());
    let optional = [
        ("username", &answers.username),
        ("password_file", &answers.password_file),
        ("ca_file", &answers.ca_file),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            line(key, value.as_str().into());
        }
    }
    if answers.home_assistant {
        line("home_assistant", true.into());
    }
    text.push('\n');
    match &answers.cameras {
        Cameras::Found(listing) => text += &block::listing(listing),
        Cameras::Named(sources) => text += &named(sources),
    }
    text
}

fn named(sources: &[String]) -> String {
    let mut taken = Vec::new();
    let block = |source: &String| {
        let name = block::unused(&name(source), &taken);
        let [name_value, source_value] = [name.as_str(), source].map(toml::Value::from);
        taken.push(name);
        format!("[[camera]]\nname = {name_value}\nsource = {source_value}\n\n")
    };
    sources.iter().map(block).collect()
}

/// `clip:/srv/yard.avi` is `yard`, `/dev/video0` is `video0`, `card:HD Webcam` is `hd-webcam`.
fn name(source: &str) -> String {
    let kinds = ["clip:", "card:", "usb:"];
    let rest = kinds.iter().find_map(|kind| source.strip_prefix(kind));
    let last = rest.unwrap_or(source).trim_end_matches('/');
    let last = last.rsplit('/').next().unwrap_or(last);
    slug::from_text(last.strip_suffix(".avi").unwrap_or(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_become_a_file() {
        let answers = Answers {
            device: "porch-pi".into(),
            broker: Some("mqtts://broker.lan".into()),
            username: Some("porch \"pi\"".into()),
            password_file: Some("/etc/watchpost/mqtt.password".into()),
            ca_file: None,
            home_assistant: true,
            cameras: Cameras::Named(vec![
                "/dev/video0".into(),
                "clip:/srv/yard.avi".into(),
                "clip:yard.avi".into(),
            ]),
        };
        let text = text(&answers);
        let body = text.split_once("\n\n").expect("a comment first").1;
        let expected = "[device]\nname = \"porch-pi\"\n\n[mqtt]\nurl = \"mqtts://broker.lan\"\nusername = 'porch \"pi\"'\n\
             password_file = \"/etc/watchpost/mqtt.password\"\nhome_assistant = true\n\n\
             [[camera]]\nname = \"video0\"\nsource = \"/dev/video0\"\n\n\
             [[camera]]\nname = \"yard\"\nsource = \"clip:/srv/yard.avi\"\n\n\
             [[camera]]\nname = \"yard-2\"\nsource = \"clip:yard.avi\"\n\n";
        assert_eq!(body, expected);
    }
}
