//! How often somebody may ask.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// So many requests in so long, such as `600/min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    per: Duration,
}

impl FromStr for Rate {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (count, unit) = text.split_once('/').ok_or(())?;
        let seconds = match unit.trim() {
            "s" => 1,
            "min" => 60,
            "h" => 3600,
            _ => return Err(()),
        };
        // more would come back in no time at all
        let count = count.trim().parse().ok().filter(|count: &NonZeroU32| count.get() <= 1_000_000).ok_or(())?;
        Ok(Self { count, per: Duration::from_secs(seconds) })
    }
}

impl Rate {
    pub fn count(self) -> NonZeroU32 {
        self.count
    }

    pub fn per(self) -> Duration {
        self.per
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_in_a_time() {
        let rate = |text: &str| text.parse::<Rate>().map(|rate| (rate.count.get(), rate.per.as_secs()));
        assert_eq!(rate("600/min"), Ok((600, 60)));
        assert_eq!(rate("5 / s"), Ok((5, 1)));
        assert_eq!(rate("3/h"), Ok((3, 3600)));
        for wrong in ["", "600", "0/min", "-1/min", "600/day", "1e3/s", "/s", "99999999999/s", "1000001/s"] {
            assert_eq!(rate(wrong), Err(()), "{wrong}");
        }
    }
}
