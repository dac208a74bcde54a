use super::*;

fn read(text: &str, currency: Currency) -> Result<i64, String> {
    Money::parse(text, currency).map(|m| m.minor).map_err(|e| e.to_string())
}

#[test]
fn reads_what_people_type() {
    for (typed, minor) in [
        ("49.99", 49_99),
        (" £1,299 ", 129_900),
        ("12,5", 12_50),
        ("1,299", 129_900),
        (".5", 50),
        (",5", 50),
        ("5.", 5_00),
        ("-3.10", -3_10),
        ("−£3.10", -3_10),
        ("£-3.10", -3_10),
        ("+3", 3_00),
        ("007", 7_00),
        ("1.990", 1_99),
        ("1.000", 1_00),
        ("1,000", 100_000),
        ("1.200,00", 120_000),
        ("12.500,00", 1_250_000),
        ("1.299,00", 129_900),
        ("1.234.567", 123_456_700),
        ("1.234.567,89", 123_456_789),
        ("1,234,567.8", 123_456_780),
        ("1 234,50", 123_450),
        ("1\u{a0}234,50 ", 123_450),
        ("1\u{202f}234.50", 123_450),
        ("1'299", 129_900),
        ("1’299.50", 129_950),
        ("0,500", 50),
        ("1,2300", 1_23),
        ("12,50 GBP", 12_50),
        ("gbp 12.50", 12_50),
        ("１２．５０", 12_50),
        ("١٢٫٥٠", 12_50),
        ("\u{202a}12.50\u{202c}", 12_50),
    ] {
        assert_eq!(read(typed, Currency::GBP), Ok(minor), "{typed}");
    }
    assert_eq!(read("500", Currency::JPY), Ok(500));
    assert_eq!(read("￥1,500", Currency::JPY), Ok(1_500));
    assert_eq!(read("1.234", Currency::KWD), Ok(1_234));
    assert_eq!(read("12,50 €", Currency::EUR), Ok(12_50));
    assert_eq!(read("1 299 kr", Currency::SEK), Ok(129_900));
    assert_eq!(read("9223372036854775807", Currency::JPY), Ok(i64::MAX));
}

#[test]
fn refuses_what_no_amount_says() {
    for bad in [
        "",
        ".",
        "abc",
        "1e3",
        "1E3",
        "1.2.3",
        "NaN",
        "--1",
        "-",
        "1,00,000",
        "1234,567.89",
        "12,34,567",
        "1,234.567,8",
        "1.234,567.8",
        "1.234 567",
        "1 234\u{a0}567",
        "0 500",
        "0.500,00",
        "01,000.00",
        "1,,5",
        "1..5",
        "½",
        "5²",
        "①",
        "1 0",
        "(5)",
        "5-",
        "0x10",
        "$5",
        "€5",
        "1,5 USD",
        "£",
        "££5",
        "1\u{200b}5",
    ] {
        assert!(read(bad, Currency::GBP).is_err(), "{bad}");
    }
}

/// Fails when separators are thrown away: `0,125` is £125 then, and `1,2345` £12,345.
#[test]
fn says_what_it_understood() {
    let gbp = |text| read(text, Currency::GBP).unwrap_err();
    assert_eq!(gbp("1,2345"), "reads as 1.2345, but GBP has two decimals");
    assert_eq!(gbp("0,125"), "reads as 0.125, but GBP has two decimals");
    assert_eq!(gbp("1.999"), "reads as 1.999, but GBP has two decimals");
    assert_eq!(gbp("1.234,567"), "reads as 1234.567, but GBP has two decimals");
    assert_eq!(gbp("x"), "must be an amount such as 49.99; “x” is not a number");
    assert_eq!(
        gbp("1.2.3"),
        "must be an amount such as 49.99; in “1.2.3” the separators do not part groups of three digits"
    );
    assert_eq!(gbp(""), "must be an amount such as 49.99");
    assert_eq!(gbp("€5"), "names another currency than GBP");
    assert_eq!(gbp("99999999999999999999"), "is too large");
    assert_eq!(read("1.5", Currency::JPY).unwrap_err(), "reads as 1.5, but JPY has no decimals");
    assert_eq!(read("1.2345", Currency::KWD).unwrap_err(), "reads as 1.2345, but KWD has three decimals");
}

/// Of a lone mark before three digits, a point is the decimal mark and a comma parts thousands; where there are three
/// decimals a comma could be either.
#[test]
fn a_lone_mark_before_three_digits() {
    assert_eq!(read("0,125", Currency::KWD), Ok(125));
    assert_eq!(read("0,500", Currency::KWD), Ok(500));
    assert_eq!(read("1.500", Currency::KWD), Ok(1_500));
    assert_eq!(read("1.500,250", Currency::KWD), Ok(1_500_250));
    assert_eq!(read("1,500.250", Currency::KWD), Ok(1_500_250));
    assert_eq!(read("1234,500", Currency::KWD), Ok(1_234_500));
    assert_eq!(read("1,500", Currency::KWD).unwrap_err(), "can mean KD 1.500 or KD 1,500.000: write 1.500 or 1500.000");
    assert_eq!(read("1.500", Currency::EUR), Ok(1_50));
    assert_eq!(read("1,500", Currency::EUR), Ok(150_000));
    assert_eq!(read("1,500", Currency::JPY), Ok(1_500));
    assert_eq!(read("1.000", Currency::JPY), Ok(1));
    assert!(read("1.500", Currency::JPY).is_err());
}

#[test]
fn whatever_is_written_is_read_back() {
    let mut minors: Vec<i64> = (-1_200..2_200).collect();
    for n in (1..19).map(|n| 10_i64.pow(n)) {
        minors.extend([n - 1, n, n + 1, -n, 5 * (n / 4), 123_456_789 % n]);
    }
    minors.extend([i64::MAX, i64::MIN, i64::MIN + 1]);
    for currency in Currency::ALL {
        for minor in &minors {
            let money = Money::new(*minor, *currency);
            let code = currency.code();
            for text in [money.to_string(), money.decimal(), format!("{} {code}", money.decimal())] {
                assert_eq!(Money::parse(&text, *currency), Ok(money), "{text}");
            }
        }
    }
}

#[test]
fn shows_each_currency_with_its_own_decimals() {
    assert_eq!(Money::new(129900, Currency::GBP).to_string(), "£1,299.00");
    assert_eq!(Money::new(-5, Currency::GBP).to_string(), "−£0.05");
    assert_eq!(Money::new(1234567, Currency::JPY).to_string(), "¥1,234,567");
    assert_eq!(Money::new(1234, Currency::KWD).decimal(), "1.234");
}

#[test]
fn rounds_half_away_from_zero() {
    let share = |minor, rate| Money::new(minor, Currency::GBP).share(Rate::percent(rate)).map(|m| m.minor);
    assert_eq!(share(250, 10), Ok(25));
    assert_eq!(share(5, 10), Ok(1));
    assert_eq!(share(-5, 10), Ok(-1));
    assert_eq!(share(4, 10), Ok(0));
    assert_eq!(share(i64::MAX, 100), Ok(i64::MAX));
    // 20% contained in £12.00 is £2.00; in £9.99 it is £1.665, so £1.67
    let included = |minor| Money::new(minor, Currency::GBP).share_included(Rate::percent(20)).map(|m| m.minor);
    assert_eq!(included(1200), Ok(200));
    assert_eq!(included(999), Ok(167));
    let (one, three) = (Money::new(1, Currency::GBP), Money::new(3, Currency::GBP));
    assert_eq!(Money::new(100, Currency::GBP).in_proportion(one, three).map(|m| m.minor), Ok(33));
    assert_eq!(Money::new(200, Currency::GBP).in_proportion(one, three).map(|m| m.minor), Ok(67));
    assert_eq!(Money::new(i64::MAX, Currency::GBP).in_proportion(three, one), Err(MoneyError::Overflow));
}

#[test]
fn computes_with_four_decimals_of_a_per_cent() {
    let share = |minor, rate: &str| Money::new(minor, Currency::CAD).share(Rate::parse(rate).unwrap()).map(|m| m.minor);
    assert_eq!(share(10_000, "9.975"), Ok(9_98));
    assert_eq!(share(100_000, "9.975"), Ok(99_75));
    assert_eq!(share(100_000, "8.875"), Ok(88_75));
    assert_eq!(share(99_999_999, "14.9750"), Ok(14_975_000));
    assert_eq!(share(1_000_000, "0.0001"), Ok(1));
}

/// Stripe charges three-decimal currencies in steps of ten. Fails when tax is rounded to the smallest unit.
#[test]
fn tax_is_rounded_to_what_can_be_charged() {
    let taxed = Money::new(3_690, Currency::KWD);
    let five = Rate::percent(5);
    assert_eq!(taxed.share(five).map(|m| m.minor), Ok(180), "0.1845");
    assert_eq!(taxed.share_included(five).map(|m| m.minor), Ok(180), "0.1757");
    let half = [Money::new(1, Currency::KWD), Money::new(2, Currency::KWD)];
    assert_eq!(
        Money::new(1_230, Currency::KWD).in_proportion(half[0], half[1]).map(|m| m.minor),
        Ok(615),
        "not in steps"
    );
    let half = [Money::new(10, Currency::KWD), Money::new(20, Currency::KWD)];
    assert_eq!(Money::new(1_230, Currency::KWD).in_proportion(half[0], half[1]).map(|m| m.minor), Ok(620));
    assert_eq!(Money::new(1_239, Currency::KWD).in_steps().minor, 1_230);
    for currency in Currency::ALL {
        assert!(currency.least().is_in_steps() && currency.most().is_in_steps(), "{currency}");
    }
    assert_eq!(Currency::KWD.most().to_string(), "KD 99,999.990");
}

#[test]
fn refuses_to_mix_or_overflow() {
    let pound = Money::new(1, Currency::GBP);
    assert_eq!(pound.plus(Money::new(1, Currency::EUR)), Err(MoneyError::MixedCurrencies));
    assert_eq!(Money::new(i64::MAX, Currency::GBP).plus(pound), Err(MoneyError::Overflow));
    assert_eq!(Money::new(i64::MAX, Currency::GBP).times(2), Err(MoneyError::Overflow));
}
