//! Where somebody is signed in.

/// What a person calls the device that a user agent stands for: `Firefox on Windows`.
pub fn device_words(user_agent: &str) -> String {
    let first = |words: &[(&str, &'static str)]| words.iter().find(|(mark, _)| user_agent.contains(mark)).map(|w| w.1);
    // in this order: Edge and Opera call themselves Chrome, Chrome calls itself Safari, Android calls itself Linux
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Opera", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("HeadlessChrome", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("okhttp", "App"),
        ("Dart/", "App"),
        ("CFNetwork", "App"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Macintosh", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::device_words;

    #[test]
    fn names_common_devices() {
        for (agent, words) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.9", "curl"),
            ("", "Unknown device"),
        ] {
            assert_eq!(device_words(agent), words);
        }
    }
}
