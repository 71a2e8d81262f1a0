//! `[metrics]`: whether and where they are served.

use std::net::SocketAddr;

use super::Check;
use crate::config::MetricsConfig;
use crate::config::file::MetricsFile;

impl Check<'_> {
    /// Metrics tell whoever reads them when people come and go. That they leave the machine must not happen by a slip.
    pub(super) fn metrics(&mut self, file: &MetricsFile) -> Option<MetricsConfig> {
        let text = file.listen.as_deref()?;
        let Ok(listen) = text.parse::<SocketAddr>() else {
            let message = format!(
                "expected an address and a port, such as \"127.0.0.1:9464\" or \"[::1]:9464\", found {text:?}"
            );
            return self.refuse("metrics.listen", message);
        };
        if !listen.ip().to_canonical().is_loopback() && file.allow_remote != Some(true) {
            let message = format!(
                "other machines can reach {listen}, and metrics tell whoever asks when people come and go; listen on \
                 127.0.0.1 or [::1], or say metrics.allow_remote = true"
            );
            return self.refuse("metrics.listen", message);
        }
        Some(MetricsConfig { listen })
    }
}
