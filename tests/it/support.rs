//! What several subjects need beside the shop's own test bench (`shop::testing`).

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use shop::id::OrderId;
use shop::orders::OrderStatus;
use shop::testing::TestShop;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Doors await the acts in tasks that may change threads.
pub fn sendable<T>(future: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
    future
}

/// A small picture; another shade is another file.
pub fn png(shade: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(8, 6, Rgb([shade, 20, 20]));
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub async fn order_status(shop: &TestShop, order: OrderId) -> OrderStatus {
    sqlx::query_scalar("select status from orders where id = $1").bind(order).fetch_one(&shop.db).await.unwrap()
}

/// A file of the repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// All sources below a folder, by their paths from the root.
pub fn sources(below: &str) -> Vec<String> {
    files(below).into_iter().filter(|path| path.ends_with(".rs")).collect()
}

/// All files below a folder, by their paths from the root.
pub fn files(below: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.join(below)]);
    while let Some(folder) = folders.pop() {
        let entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let (inner, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
        folders.extend(inner);
        found.extend(files.iter().map(|path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()));
    }
    found.sort();
    found
}
