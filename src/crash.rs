//! Points at which the program dies at once, without a word to anybody, as at a power cut: for tests of what is found
//! when it starts again. They are there only with the feature `crash-points`, and armed by name:
//! `FAILPOINTS="order-moved=return" ironmonger serve`.

/// Dies here when the point of this name is armed. Nothing at all without the feature.
macro_rules! crash_point {
    ($name:literal) => {
        #[cfg(feature = "crash-points")]
        $crate::crash::at($name);
    };
}

#[cfg(feature = "crash-points")]
pub(crate) fn at(name: &str) {
    // `FAILPOINTS` is read once; what was read stays for as long as the program runs
    static ARMED: std::sync::Once = std::sync::Once::new();
    ARMED.call_once(|| std::mem::forget(fail::FailScenario::setup()));
    fail::fail_point!(name, |_| {
        eprintln!("crash point {name}");
        // no unwinding, no destructor, no answer: a panic would be caught
        std::process::abort()
    });
}
