//! The section `[discovery]`: who may be asked for the settings of an account.

use super::ConfigError;
use super::settings::Settings;
use super::trust::trust;
use mail::discovery::Rules;
use model::DiscoverySource;

/// Reads it. What accounts may reach is added where the program is wired.
pub(super) fn from_settings(settings: &mut Settings<'_>) -> Result<Rules, ConfigError> {
    let all = DiscoverySource::ALL.map(DiscoverySource::id).join(",");
    let sources = settings.parsed("discovery.sources", &all, sources)?;
    let resolver = settings.optional("discovery.resolver", |text| {
        text.parse().map_err(|_| "expected an IP address and a port, such as 192.0.2.53:53".to_owned())
    })?;
    let private_https = settings.optional("discovery.private_https", mail::net::egress::networks_of)?;
    let https_port = settings.parsed("discovery.https_port", "443", |text| {
        text.parse().ok().filter(|port| *port != 0).ok_or_else(|| "expected a port".to_owned())
    })?;
    let trust = trust(settings, "discovery.ca_file")?;
    let private_https = private_https.unwrap_or_default();
    Ok(Rules { sources, resolver, trust, private_https, https_port, ..Rules::default() })
}

/// Words of [`DiscoverySource::id`] with commas between them, or `none`.
fn sources(text: &str) -> Result<Vec<DiscoverySource>, String> {
    let one = |word: &str| {
        let found = DiscoverySource::ALL.into_iter().find(|source| source.id() == word);
        found.ok_or_else(|| {
            let all = DiscoverySource::ALL.map(DiscoverySource::id).join(", ");
            format!("expected none, or some of {all}")
        })
    };
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    text.split(',').map(|word| one(word.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_named_or_none() {
        assert_eq!(sources("none"), Ok(Vec::new()));
        assert_eq!(sources("srv, mx"), Ok(vec![DiscoverySource::Srv, DiscoverySource::Mx]));
        assert!(sources("srv,everything").is_err() && sources("").is_err());
    }
}
