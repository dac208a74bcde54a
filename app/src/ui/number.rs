//! Numbers for people.

use crate::words::locale;

/// `12,345`.
pub fn thousands(n: i64) -> String {
    locale().number(n)
}

/// `1 product`, `2 products`: for staff, who read English.
pub fn counted(n: i64, one: &str) -> String {
    format!("{} {one}{}", thousands(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_thousands() {
        assert_eq!([0, 999, 1_000, 1_234_567, -1_000].map(thousands), ["0", "999", "1,000", "1,234,567", "−1,000"]);
        assert_eq!(counted(1, "product"), "1 product");
        assert_eq!(counted(0, "product"), "0 products");
    }
}
