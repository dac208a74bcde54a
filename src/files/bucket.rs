//! Files in a bucket of S3, or of one of the many that speak like it.

use anyhow::{Context, Result, ensure};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, RetryConfig};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use url::Url;

/// Which bucket, and how to get in.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// `s3://bucket/prefix`; the prefix may be left out.
    pub url: Url,
    /// Another server than Amazon's.
    pub endpoint: Option<Url>,
    /// The bucket stands in the path, not in the host's name. By default where there is an endpoint, or a dot in the
    /// bucket's name, which no certificate covers.
    pub path_style: Option<bool>,
    /// Keys, region, roles, under the names that AWS's own tools read them from the environment, such as `AWS_REGION`.
    pub settings: Vec<(String, SecretString)>,
}

/// A visitor waits for this: it is rather not tried for minutes.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Bucket {
    pub(super) fn open(&self) -> Result<PrefixStore<object_store::aws::AmazonS3>> {
        ensure!(self.url.scheme() == "s3", "the address must begin with s3://");
        let name = self.url.host_str().context("the address names no bucket")?;
        let path_style = self.path_style.unwrap_or(self.endpoint.is_some() || name.contains('.'));
        let retry = RetryConfig { max_retries: 3, retry_timeout: TIMEOUT, ..RetryConfig::default() };
        let mut options = ClientOptions::new().with_timeout(TIMEOUT).with_connect_timeout(Duration::from_secs(3));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(name)
            .with_virtual_hosted_style_request(!path_style)
            .with_retry(retry);
        for (setting, value) in &self.settings {
            let key: AmazonS3ConfigKey = setting.to_ascii_lowercase().parse()?;
            builder = builder.with_config(key, value.expose_secret());
        }
        if let Some(endpoint) = &self.endpoint {
            options = options.with_allow_http(endpoint.scheme() == "http");
            builder = builder.with_endpoint(self.address(endpoint, name, path_style)?);
        }
        let store = builder.with_client_options(options).build()?;
        Ok(PrefixStore::new(store, Path::from_url_path(self.url.path())?))
    }

    /// The library wants the bucket in the endpoint's name where it is not in the path; people write the same endpoint
    /// for both.
    fn address(&self, endpoint: &Url, bucket: &str, path_style: bool) -> Result<String> {
        let mut url = endpoint.clone();
        if !path_style {
            let host = endpoint.host_str().context("the endpoint has no host")?;
            url.set_host(Some(&format!("{bucket}.{host}")))?;
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(url: &str, endpoint: Option<&str>, path_style: Option<bool>) -> Bucket {
        let key = |name: &str| (name.to_owned(), SecretString::from("x"));
        Bucket {
            url: url.parse().unwrap(),
            endpoint: endpoint.map(|endpoint| endpoint.parse().unwrap()),
            path_style,
            settings: vec![key("AWS_ACCESS_KEY_ID"), key("AWS_SECRET_ACCESS_KEY"), key("AWS_REGION")],
        }
    }

    #[test]
    fn is_opened_by_what_engineers_write() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let minio = bucket("s3://pictures/shop/a", Some("http://127.0.0.1:9000/"), None);
        assert!(minio.open().unwrap().to_string().contains("shop/a"));
        assert!(bucket("s3://pictures", None, None).open().is_ok());
        for wrong in ["s3:///x", "https://pictures", "s3:pictures"] {
            assert!(bucket(wrong, None, None).open().is_err(), "{wrong}");
        }
        let mut unknown = bucket("s3://pictures", None, None);
        unknown.settings.push(("AWS_REGOIN".into(), "x".into()));
        assert!(unknown.open().is_err());
    }

    #[test]
    fn stands_in_the_path_or_in_the_name() {
        let endpoint = "https://objects.example.com:9443";
        let of = |path_style: bool| {
            let bucket = bucket("s3://pictures", Some(endpoint), None);
            bucket.address(bucket.endpoint.as_ref().unwrap(), "pictures", path_style).unwrap()
        };
        assert_eq!(of(true), "https://objects.example.com:9443");
        assert_eq!(of(false), "https://pictures.objects.example.com:9443");
    }
}
