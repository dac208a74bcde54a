use super::*;

fn whole(text: &str) -> Result<i32, String> {
    let mut faults = Invalid::default();
    let read = Raw::from(text).whole("quantity", -10_000..=2_000_000, &mut faults);
    read.ok_or_else(|| faults.0.iter().map(|f| f.message.to_string()).collect::<Vec<_>>().join("|"))
}

/// Fails when separators are thrown away: `1,5` is 15 pieces then, and `1 0` ten.
#[test]
fn whole_numbers_are_parsed() {
    for (typed, number) in [
        ("12", 12),
        (" 12 ", 12),
        ("1,500", 1_500),
        ("1 500", 1_500),
        ("1’500", 1_500),
        ("1.234.567", 1_234_567),
        ("+1,500", 1_500),
        ("-12", -12),
        ("−12", -12),
        ("5.0", 5),
        ("5,00", 5),
        ("1.500,00", 1_500),
        ("007", 7),
        ("１２", 12),
        ("٣", 3),
    ] {
        assert_eq!(whole(typed), Ok(number), "{typed}");
    }
    for (typed, why) in [
        ("1,5", "reads as 1.5, which is not a whole number"),
        ("+1,5", "reads as 1.5, which is not a whole number"),
        ("12,5", "reads as 12.5, which is not a whole number"),
        ("0,500", "reads as 0.500, which is not a whole number"),
        ("1,2345", "reads as 1.2345, which is not a whole number"),
        ("1.500", "can mean 1.500 or 1500: a whole number is written without a point"),
        ("1.000", "can mean 1.000 or 1000: a whole number is written without a point"),
        ("", "is required"),
        ("2,000,001", "must be a whole number from -10000 to 2000000"),
        ("99999999999999999999", "must be a whole number from -10000 to 2000000"),
    ] {
        assert_eq!(whole(typed), Err(why.to_owned()), "{typed}");
    }
    for typed in ["1 0", "3,5,7", "1,00,000", "x", "1e3", "--5", "5-", "1,,500", "½"] {
        let why = whole(typed).unwrap_err();
        assert!(
            why.starts_with("must be a whole number from -10000 to 2000000; ") && why.contains(typed),
            "{typed}: {why}"
        );
    }
}

/// A number of JSON has one meaning: its point is the decimal mark, its exponent is worked out, and nothing is grouped.
#[test]
fn numbers_of_json_mean_what_json_says() {
    let raw = |json: &str| serde_json::from_str::<Raw>(json).unwrap();
    let mut faults = Invalid::default();
    let f = &mut faults;
    for (json, minor) in [("12.5", 12_50), ("1e3", 100_000), ("1.0", 1_00), ("1.10", 1_10), ("1000", 100_000), ("0", 0)]
    {
        assert_eq!(raw(json).money("price", Currency::GBP, f).map(|m| m.minor), Some(minor), "{json}");
    }
    assert_eq!(raw("1.5").price("price", Currency::KWD, f).map(|m| m.minor), Some(1_500));
    assert_eq!(raw("1.234").money("price", Currency::KWD, f).map(|m| m.minor), Some(1_234));
    for (json, number) in [("12", 12), ("1e3", 1_000), ("1.0", 1), ("-4", -4)] {
        assert_eq!(raw(json).whole("quantity", -10..=2_000, f), Some(number), "{json}");
    }
    assert_eq!(f.0, []);
    for json in ["1.234", "0.001", "1e-3", "1e30", "1e400", "-1", "18446744073709551615", "0.30000000000000004"] {
        let Ok(raw) = serde_json::from_str::<Raw>(json) else { continue };
        assert_eq!(raw.money("price", Currency::GBP, &mut Invalid::default()), None, "{json}");
        assert_eq!(raw.whole("quantity", 0..=2_000, &mut Invalid::default()), None, "{json}");
    }
}

#[test]
fn prices_are_what_can_be_charged() {
    let price = |text: &str, currency| {
        let mut faults = Invalid::default();
        let price = Raw::from(text).price("price", currency, &mut faults);
        price.map(|m| m.minor).ok_or_else(|| faults.0[0].message.to_string())
    };
    assert_eq!(price("1.230", Currency::KWD), Ok(1_230));
    assert_eq!(price("1.234", Currency::KWD), Err("must be a multiple of 0.010, such as 1.230 or 1.240".to_owned()));
    assert_eq!(price("0.005", Currency::BHD), Err("must be a multiple of 0.010, such as 0.000 or 0.010".to_owned()));
    assert_eq!(price("1.23", Currency::GBP), Ok(1_23));
}

/// Fails when only white space counts as nothing: what may be left out "is required" then.
#[test]
fn what_nobody_can_see_is_nothing() {
    for typed in ["", "  ", "\u{200b}", " \u{feff}\u{2060} ", "\u{ad}", "\u{202a}\u{202c}"] {
        let (raw, mut faults) = (Raw::from(typed), Invalid::default());
        assert!(raw.is_empty(), "{typed:?}");
        assert_eq!(raw.optional_line("company", 100, &mut faults), "");
        assert_eq!(raw.optional("cost", 100, &mut faults), None);
        assert_eq!(raw.optional_money("cost", Currency::GBP, &mut faults), None);
        assert_eq!(faults.0, []);
        raw.line("firstName", 100, &mut faults);
        assert_eq!(faults.0[0].message.to_string(), "is required");
    }
    assert!(!Raw::from("\u{200b}a").is_empty());
}
