//! Currencies: which exist, their decimals, and the least that may be charged.

use crate::errors::ApiError;

/// The largest amount of one charge: eight digits.
/// <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>
const MAX_AMOUNT: i64 = 99_999_999;

/// <https://docs.stripe.com/currencies#presentment-currencies>
const CURRENCIES: &str = "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd \
    bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur \
    fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr \
    kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn \
    nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek \
    sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf \
    xcd xof xpf yer zar zmw";

/// <https://docs.stripe.com/currencies#zero-decimal>
const NO_DECIMALS: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
/// <https://docs.stripe.com/currencies#three-decimal>
const THREE_DECIMALS: &str = "bhd jod kwd omr tnd";

fn among(list: &str, currency: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == currency)
}

/// A currency code in lower case, or Stripe's refusal.
pub(crate) fn currency(text: &str, param: &str) -> Result<String, ApiError> {
    let code = text.to_ascii_lowercase();
    if among(CURRENCIES, &code) {
        return Ok(code);
    }
    let supported = CURRENCIES.split_ascii_whitespace().collect::<Vec<_>>().join(", ");
    Err(ApiError::invalid(format!("Invalid currency: {code}. Stripe currently supports these currencies: {supported}"))
        .param(param)
        .unsaved())
}

fn decimals(currency: &str) -> u32 {
    if among(NO_DECIMALS, currency) {
        0
    } else if among(THREE_DECIMALS, currency) {
        3
    } else {
        2
    }
}

/// The least amount of a charge. <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>
fn least(currency: &str) -> i64 {
    match currency {
        "usd" | "ars" | "aud" | "brl" | "cad" | "chf" | "cop" | "eur" | "idr" | "ils" | "inr" | "nzd" | "php"
        | "rub" | "sgd" | "zar" | "jpy" | "krw" => 50,
        "gbp" => 30,
        "aed" | "myr" | "pln" | "ron" => 200,
        "czk" => 1500,
        "dkk" => 250,
        "hkd" => 400,
        "huf" => 17_500,
        "mxn" | "thb" => 1000,
        "nok" | "sek" => 300,
        _ => 1,
    }
}

/// Whether `amount` may be charged at all.
pub(crate) fn chargeable(amount: i64, currency: &str, param: &str) -> Result<(), ApiError> {
    let refuse = |message: String| ApiError::invalid(message).param(param).unsaved();
    if amount < least(currency) {
        let floor = format(least(currency), currency);
        return Err(refuse(format!("Amount must be at least {floor} {currency}")).code("amount_too_small"));
    }
    if amount > MAX_AMOUNT {
        let ceiling = format(MAX_AMOUNT, currency);
        return Err(refuse(format!("Amount must be no more than {ceiling} {currency}")).code("amount_too_large"));
    }
    whole(amount, currency, param)
}

/// Three-decimal currencies are charged in steps of ten, ISK and UGX in whole units though they are
/// written with two decimals. <https://docs.stripe.com/currencies#special-cases>
pub(crate) fn whole(amount: i64, currency: &str, param: &str) -> Result<(), ApiError> {
    let step = match currency {
        "isk" | "ugx" => 100,
        _ if decimals(currency) == 3 => 10,
        _ => 1,
    };
    if amount % step == 0 {
        return Ok(());
    }
    Err(ApiError::invalid(format!("Invalid amount for {currency}: it must be a multiple of {step}."))
        .param(param)
        .unsaved())
}

/// `1234567` → `1,234,567`.
fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1850`, `usd` → `$18.50`.
pub(crate) fn format(amount: i64, currency: &str) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let places = decimals(currency);
    let unit = 10_u64.pow(places);
    let minor = amount.unsigned_abs();
    let mut number = grouped(minor / unit);
    if places > 0 {
        number.push_str(&format!(".{:0width$}", minor % unit, width = places as usize));
    }
    match currency {
        "usd" => format!("{sign}${number}"),
        "eur" => format!("{sign}€{number}"),
        "gbp" => format!("{sign}£{number}"),
        "jpy" => format!("{sign}¥{number}"),
        other => format!("{sign}{number} {}", other.to_ascii_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_their_currencys_decimals() {
        assert_eq!(format(1850, "usd"), "$18.50");
        assert_eq!(format(123_456_789, "usd"), "$1,234,567.89");
        assert_eq!(format(5, "eur"), "€0.05");
        assert_eq!(format(500, "jpy"), "¥500");
        assert_eq!(format(12_340, "kwd"), "12.340 KWD");
    }
}
