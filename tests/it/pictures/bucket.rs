//! The same pictures in a bucket. `make bucket-tests` starts the server that these need and says where it is.

use super::{dimensions, sweeps};
use image::ImageFormat;
use shop::files::{self, Bucket, Files, PictureSize};
use shop::testing::pictures::picture;
use shop::testing::{self, TestShop};
use shop::{Error, Shop};
use std::sync::atomic::{AtomicU32, Ordering};

fn endpoint() -> String {
    std::env::var("S3_ENDPOINT").expect("S3_ENDPOINT is set: run these by `make bucket-tests`")
}

fn bucket(url: &str, endpoint: &str) -> Bucket {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = [("AWS_ACCESS_KEY_ID", "tests"), ("AWS_SECRET_ACCESS_KEY", "tests"), ("AWS_REGION", "us-east-1")];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned().into())).collect();
    Bucket { url: url.parse().unwrap(), endpoint: Some(endpoint.parse().unwrap()), path_style: None, settings }
}

/// A bucket that nobody else uses.
async fn fresh() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("pictures-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let made = reqwest::Client::new().put(format!("{}/{name}", endpoint())).send().await.unwrap();
    assert!(made.status().is_success(), "{made:?}");
    name
}

fn keeping_in(shop: &TestShop, url: &str) -> Shop {
    Shop { files: Files::in_bucket(&bucket(url, &endpoint())).unwrap(), ..Shop::clone(shop) }
}

#[tokio::test]
#[ignore = "needs a server that speaks S3: make bucket-tests"]
async fn a_bucket_keeps_what_a_folder_keeps() {
    let name = fresh().await;
    testing::shop(async |shop| {
        let here = keeping_in(shop, &format!("s3://{name}/shops/one"));
        here.files.check().await.unwrap();
        let bytes = picture(2000, 1000, ImageFormat::Png);
        let kept = files::store_picture(&here, bytes.clone()).await.unwrap();
        assert_eq!(dimensions(&here, &kept.hash, PictureSize::Small).await, (320, 160));
        assert_eq!(dimensions(&here, &kept.hash, PictureSize::Large).await, (1600, 800));
        assert_eq!(files::store_picture(&here, bytes).await.unwrap(), kept);

        // another prefix of the same bucket is another place
        let there = keeping_in(shop, &format!("s3://{name}/shops/two"));
        let not_there = files::open(&there, &kept.hash, PictureSize::Small).await;
        assert!(matches!(not_there, Err(Error::NotFound)), "{not_there:?}");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a server that speaks S3: make bucket-tests"]
async fn a_bucket_is_swept_like_a_folder() {
    let name = fresh().await;
    testing::shop(async |shop| sweeps(&keeping_in(shop, &format!("s3://{name}"))).await).await;
}

/// The shop says that it is busy, and `doctor` what is wrong.
#[tokio::test]
#[ignore = "needs a server that speaks S3: make bucket-tests"]
async fn a_bucket_that_is_not_there_is_no_missing_picture() {
    testing::shop(async |shop| {
        let none = keeping_in(shop, "s3://no-such-bucket");
        let why = format!("{:#}", none.files.check().await.unwrap_err());
        assert!(why.contains("NoSuchBucket") || why.contains("404"), "{why}");

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let away = Shop { files: Files::in_bucket(&bucket("s3://b", &closed)).unwrap(), ..Shop::clone(shop) };
        assert!(away.files.check().await.is_err());
        let stored = files::store_picture(&away, picture(5, 5, ImageFormat::Png)).await;
        assert!(matches!(stored, Err(Error::Unavailable(_))), "{stored:?}");
    })
    .await;
}
