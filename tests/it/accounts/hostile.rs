//! Tokens that nobody of ours made, or not for this.

use super::*;
use jsonwebtoken::{Algorithm, EncodingKey, Header, dangerous::insecure_decode};
use serde_json::json;

struct Parts {
    header: Header,
    claims: Value,
}

fn parts(token: &str) -> Parts {
    let data = insecure_decode::<Value>(token).unwrap();
    Parts { header: data.header, claims: data.claims }
}

fn key(secret: &str) -> EncodingKey {
    EncodingKey::from_secret(secret.as_bytes()).unwrap()
}

/// Signed by ours, with a header of any kind: the library writes only headers that it would read.
fn signed_under(header: &Value, claims: &Value) -> String {
    let body = format!("{}.{}", part(header), part(claims));
    let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &key(testing::TOKEN_SECRET), Algorithm::HS256);
    format!("{body}.{}", signature.unwrap())
}

/// Signs with our secret, unless told otherwise.
fn signed(header: &Header, claims: &Value) -> String {
    jsonwebtoken::encode(header, claims, &key(testing::TOKEN_SECRET)).unwrap()
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

fn without(claims: &Value, name: &str) -> Value {
    let mut claims = claims.clone();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

/// A part of a token, from JSON.
fn part(json: &Value) -> String {
    // an unsigned token is one that is signed with any key and loses its signature
    let token = jsonwebtoken::encode(&Header::default(), json, &key("any")).unwrap();
    token.split('.').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn an_access_token_says_who_and_until_when() {
    testing::shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let tokens = phone_of(shop, "ada@example.org").await;
        let now = shop.clock.now().timestamp();
        let Parts { header, claims } = parts(&tokens.access_token);
        let session = by(shop, &tokens).await.unwrap().session().unwrap();
        assert_eq!(header.alg, Algorithm::HS256);
        assert_eq!(header.kid.map(|kid| kid.len()), Some(16));
        assert_eq!(
            claims,
            json!({ "sub": ada.id(), "email": "ada@example.org", "role": "customer", "type": "access", "sid": session,
                    "iat": now, "exp": now + 900, "iss": "http://localhost:3000", "aud": "http://localhost:3000/api" })
        );
        assert_eq!(tokens.expires_in, 900);
        let claims = parts(&tokens.refresh_token).claims;
        assert!(claims["jti"].is_string() && claims["email"].is_null());
        assert_eq!((&claims["type"], &claims["exp"]), (&json!("refresh"), &json!(now + 7 * 24 * 3600)));
    })
    .await;
}

/// Each of these is let in when its check is removed (kind, issuer, audience, time, beginning, length, the key by its
/// name): checked.
#[tokio::test]
async fn no_hostile_token_is_let_in() {
    testing::shop(async |shop| {
        shop.customer("ada@example.org").await;
        let eve = shop.customer("eve@example.org").await;
        let tokens = phone_of(shop, "ada@example.org").await;
        let Parts { header, claims } = parts(&tokens.access_token);
        let unchanged = tokens::authenticate(shop, &signed(&header, &claims), &app(PHONE)).await;
        assert!(unchanged.is_ok(), "what is changed below is all that is wrong");

        let now = shop.clock.now().timestamp();
        let other = |secret: &str| jsonwebtoken::encode(&header, &claims, &key(secret));
        let (body, signature) = tokens.access_token.rsplit_once('.').unwrap();
        let payload = body.split('.').nth(1).unwrap();
        let none = part(&json!({ "alg": "none", "typ": "JWT", "kid": header.kid }));
        let sha512 = part(&json!({ "alg": "HS512", "typ": "JWT", "kid": header.kid }));
        let rsa = part(&json!({ "alg": "RS256", "typ": "JWT", "kid": header.kid }));
        let in_time = with(&claims, "nbf", json!(now));
        assert!(tokens::authenticate(shop, &signed(&header, &in_time), &app(PHONE)).await.is_ok());
        let critical = |names: Value| {
            let header =
                json!({ "alg": "HS256", "typ": "JWT", "kid": header.kid, "crit": names, "b64": true, "exp": 1 });
            signed_under(&header, &claims)
        };
        let huge = with(&claims, "email", json!("a".repeat(1_000_000)));
        let hostile = [
            ("nothing", String::new()),
            ("dots", "..".into()),
            ("no signature", format!("{body}.")),
            ("no algorithm", format!("{none}.{payload}.")),
            ("no algorithm, but a signature", format!("{none}.{payload}.{signature}")),
            ("another algorithm", format!("{sha512}.{payload}.{signature}")),
            ("a public key for a secret", format!("{rsa}.{payload}.{signature}")),
            ("another key", other("this is a secret that is not ours, see?").unwrap()),
            ("a key of no name", signed(&Header { kid: None, ..header.clone() }, &claims)),
            ("a key of another name", signed(&Header { kid: Some("0".repeat(16)), ..header.clone() }, &claims)),
            ("another's name", signed(&header, &with(&claims, "sub", json!(eve.id())))),
            ("another family", signed(&header, &with(&claims, "sid", json!(SessionId::new())))),
            ("another payload", format!("{}.{}.{signature}", body.split('.').next().unwrap(), part(&huge))),
            ("too old", signed(&header, &with(&claims, "exp", json!(now)))),
            ("no end", signed(&header, &without(&claims, "exp"))),
            ("an end in words", signed(&header, &with(&claims, "exp", json!("9999999999")))),
            ("not good yet", signed(&header, &with(&claims, "nbf", json!(now + 1)))),
            ("a beginning in words", signed(&header, &with(&claims, "nbf", json!("0")))),
            ("what must be understood and is not", critical(json!(["exp"]))),
            ("one of those is not", critical(json!(["b64", "exp"]))),
            ("nothing that must be understood", critical(json!([]))),
            ("no list of what must be understood", critical(json!("exp"))),
            ("another issuer", signed(&header, &with(&claims, "iss", json!("https://shop.example")))),
            ("no issuer", signed(&header, &without(&claims, "iss"))),
            ("another audience", signed(&header, &with(&claims, "aud", json!("http://localhost:3000/other")))),
            ("no audience", signed(&header, &without(&claims, "aud"))),
            ("a refresh token", tokens.refresh_token.clone()),
            ("another kind", signed(&header, &with(&claims, "type", json!("id")))),
            ("huge", signed(&header, &huge)),
            ("long and meaningless", "a.".repeat(1_000_000)),
        ];
        for (what, token) in &hostile {
            let answer = tokens::authenticate(shop, token, &app(PHONE)).await;
            assert!(is_unknown(&answer), "{what}: {answer:?}");
            if *what != "a refresh token" {
                assert!(is_unknown(&tokens::refresh(shop, token, &app(PHONE)).await), "{what}");
                assert!(is_unknown(&tokens::sign_out(shop, token, &app(PHONE)).await), "{what}");
            }
        }
        let access_for_refresh = tokens::refresh(shop, &tokens.access_token, &app(PHONE)).await;
        assert!(is_unknown(&access_for_refresh));
        // signed by us, but never given out
        let mut made_up = parts(&tokens.refresh_token);
        made_up.claims["jti"] = json!(SessionId::new());
        assert!(is_unknown(&tokens::refresh(shop, &signed(&made_up.header, &made_up.claims), &app(PHONE)).await));
        assert!(is_in(shop, &tokens).await, "and none of them did any harm");
    })
    .await;
}
