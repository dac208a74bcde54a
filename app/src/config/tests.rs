use super::*;
use std::collections::HashMap;

fn read(pairs: &[(&str, &str)]) -> Result<Config> {
    let map: HashMap<String, String> = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    Config::read(|name| map.get(name).cloned())
}

#[test]
fn development_needs_nothing() {
    let config = read(&[]).unwrap();
    assert!(config.is_development() && config.uses_sandbox() && !config.is_https());
    assert_eq!(config.public_url.as_str(), "http://localhost:3000/");
    assert_eq!(config.payment_page_origin, "http://127.0.0.1:3001");
}

#[test]
fn production_names_all_that_is_missing_at_once() {
    let message = read(&[("APP_ENV", "production"), ("PUBLIC_URL", "https://x.example")]).unwrap_err().to_string();
    for name in ["DATABASE_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "JWT_SECRET", "ENCRYPTION_KEY"] {
        assert!(message.contains(name), "{message}");
    }
    assert!(!message.contains("PUBLIC_URL"), "{message}");
}

#[test]
fn no_live_key_in_development() {
    assert!(read(&[("STRIPE_SECRET_KEY", "sk_live_x")]).is_err());
    assert!(read(&[("STRIPE_SECRET_KEY", "rk_live_x")]).is_err());
    assert!(read(&[("STRIPE_SECRET_KEY", "sk_test_x")]).unwrap().is_test_mode());
}

#[test]
fn the_publishable_key_is_one_and_of_the_same_mode() {
    for (secret, publishable) in [("sk_test_x", "sk_test_x"), ("sk_test_x", "pk_live_x"), ("sk_test_x", "key")] {
        let pairs = [("STRIPE_SECRET_KEY", secret), ("STRIPE_PUBLISHABLE_KEY", publishable)];
        assert!(format!("{:#}", read(&pairs).unwrap_err()).contains("STRIPE_PUBLISHABLE_KEY"));
    }
    let pairs = [("STRIPE_SECRET_KEY", "sk_test_x"), ("STRIPE_PUBLISHABLE_KEY", "pk_test_x")];
    assert!(!read(&pairs).unwrap().pays_in_place(), "off unless it is switched on");
}

#[test]
fn paying_in_place_needs_a_key_and_stripes_own_script_in_production() {
    let on = ("STRIPE_EMBEDDED", "on");
    assert!(!read(&[on, ("STRIPE_SECRET_KEY", "sk_test_x")]).unwrap().pays_in_place());
    let offline = read(&[on]).unwrap();
    assert!(offline.pays_in_place());
    assert_eq!(offline.stripe_script, "http://127.0.0.1:3001/stripe.js");
    let live = [
        on,
        ("APP_ENV", "production"),
        ("PUBLIC_URL", "https://shop.example"),
        ("DATABASE_URL", "postgres://x"),
        ("STRIPE_SECRET_KEY", "sk_live_x"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_x"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_x"),
        ("STRIPE_API_BASE", "https://elsewhere.example"),
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("ENCRYPTION_KEY", "fedcba9876543210fedcba9876543210"),
    ];
    let live = read(&live).unwrap();
    assert!(live.pays_in_place() && live.offline_script_origin().is_none());
    assert!(live.stripe_script.starts_with("https://js.stripe.com/"));
}

#[test]
fn nonsense_is_named() {
    for (name, value) in [
        ("PORT", "http"),
        ("PUBLIC_URL", "shop"),
        ("APP_ENV", "prod"),
        ("STRIPE_EMBEDDED", "maybe"),
        ("SHOP_CURRENCY", "XXX"),
        ("FILES_URL", "/var/pictures"),
        ("OUTBOUND_REACH", "everywhere"),
        ("FILES_URL", "s3:///prefix"),
        ("UPLOAD_LIMIT_MB", "20 MB"),
        ("API_RATE_ADDRESS", "600"),
        ("API_RATE_PRINCIPAL", "none"),
        ("FORM_RATE_ADDRESS", "300"),
        ("UNPAID_ORDERS", "0"),
        ("CORS_ORIGINS", "app.example.com"),
    ] {
        let message = format!("{:#}", read(&[(name, value)]).unwrap_err());
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn limits_can_be_changed_and_turned_off() {
    let config = read(&[]).unwrap();
    assert_eq!(config.api_rate_address, "600/min".parse().ok());
    assert_eq!(config.api_rate_principal, "1200/min".parse().ok());
    assert_eq!((config.form_rate_address, config.unpaid_orders), ("300/min".parse().ok(), Some(10)));
    let config_off = read(&[("FORM_RATE_ADDRESS", "off"), ("UNPAID_ORDERS", "off")]).unwrap();
    assert_eq!((config_off.form_rate_address, config_off.unpaid_orders), (None, None));
    assert_eq!((config.cors_origins, config.upload_limit), (Origins::None, 100 << 20));
    assert!(read(&[("API_RATE_ADDRESS", "off")]).unwrap().api_rate_address.is_none());
}

#[test]
fn a_bucket_takes_the_variables_that_aws_tools_take() {
    assert!(read(&[("AWS_REGION", "eu-west-2")]).unwrap().bucket.is_none());
    let pairs = [
        ("FILES_URL", "s3://pictures/shop"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
    ];
    let bucket = read(&pairs).unwrap().bucket.unwrap();
    assert_eq!((bucket.url.as_str(), bucket.path_style), ("s3://pictures/shop", None));
    assert_eq!(bucket.settings.len(), 2);
    assert!(!format!("{bucket:?}").contains("hush"));
}

#[test]
fn the_example_mentions_every_variable() {
    let example = include_str!("../../../.env.example");
    for name in VARIABLES.iter().chain(&AWS[..4]) {
        assert!(example.contains(&format!("{name}=")), "{name} is missing in .env.example");
    }
}
