//! Which web pages of other sites may read the JSON API's answers.

use axum::http::HeaderValue;
use std::str::FromStr;

/// `*`, or a list of origins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origins {
    #[default]
    None,
    Any,
    These(Vec<HeaderValue>),
}

impl FromStr for Origins {
    /// What is wrong with which of them.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Ok(Self::None),
            "*" => Ok(Self::Any),
            list => list.split(',').map(|origin| one(origin.trim())).collect::<Result<_, _>>().map(Self::These),
        }
    }
}

/// As browsers write it: scheme, host and perhaps a port, nothing behind it. Apps made of a web view have schemes of
/// their own.
fn one(origin: &str) -> Result<HeaderValue, String> {
    let wrong = || format!("{origin:?} is no origin such as https://app.example.com");
    let url = url::Url::parse(origin).map_err(|_| wrong())?;
    let canonical = match url.origin() {
        known @ url::Origin::Tuple(..) => known.ascii_serialization(),
        url::Origin::Opaque(_) => format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default()),
    };
    match url.has_host() && canonical == origin && !origin.contains('*') {
        true => HeaderValue::from_str(origin).map_err(|_| wrong()),
        false => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_of_origins_and_nothing_else() {
        assert_eq!("".parse(), Ok(Origins::None));
        assert_eq!(" * ".parse(), Ok(Origins::Any));
        let origins = "https://app.example.com, http://localhost:5173,capacitor://localhost".parse().unwrap();
        let Origins::These(origins) = origins else { panic!("{origins:?}") };
        assert_eq!(origins, ["https://app.example.com", "http://localhost:5173", "capacitor://localhost"]);
        for wrong in [
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com/x",
            "https://*.example.com",
            "*, https://app.example.com",
            "https://app.example.com:443",
            "https://user@app.example.com",
            "null",
            "https://a.example,,",
        ] {
            let why = wrong.parse::<Origins>();
            assert!(why.is_err(), "{wrong}: {why:?}");
        }
    }
}
