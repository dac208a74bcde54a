//! The picture pipeline: what is refused, what is kept, what is cleared away.

mod bucket;

use image::ImageFormat;
use shop::accounts::Permission;
use shop::catalog::images;
use shop::files::{self, PictureHash, PictureSize};
use shop::testing::pictures::{SECRET, bomb, bomb_of, picture, with_orientation};
use shop::testing::{self, TestShop};
use shop::{Error, Result, Shop};
use sqlx::{Connection, PgConnection};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

async fn dimensions(shop: &Shop, hash: &PictureHash, size: PictureSize) -> (u32, u32) {
    let webp = files::open(shop, hash, size).await.unwrap();
    assert_eq!(image::guess_format(&webp).unwrap(), ImageFormat::WebP);
    let picture = image::load_from_memory(&webp).unwrap();
    (picture.width(), picture.height())
}

fn fault<T: std::fmt::Debug>(answer: Result<T>) -> String {
    match answer {
        Err(Error::Invalid(faults)) => {
            assert_eq!(faults.0[0].field, "picture");
            faults.0[0].message.to_string()
        }
        other => panic!("{other:?} is not a fault of the picture"),
    }
}

#[tokio::test]
async fn keeps_three_sizes_and_never_enlarges() {
    testing::shop(async |shop| {
        let large = files::store_picture(shop, picture(2000, 1000, ImageFormat::Png)).await.unwrap();
        assert_eq!((large.width, large.height), (2000, 1000));
        assert_eq!(dimensions(shop, &large.hash, PictureSize::Small).await, (320, 160));
        assert_eq!(dimensions(shop, &large.hash, PictureSize::Medium).await, (800, 400));
        assert_eq!(dimensions(shop, &large.hash, PictureSize::Large).await, (1600, 800));

        let small = files::store_picture(shop, picture(500, 300, ImageFormat::Jpeg)).await.unwrap();
        assert_eq!(dimensions(shop, &small.hash, PictureSize::Small).await, (320, 192));
        assert_eq!(dimensions(shop, &small.hash, PictureSize::Large).await, (500, 300));

        for format in [ImageFormat::Gif, ImageFormat::WebP] {
            let kept = files::store_picture(shop, picture(40, 30, format)).await.unwrap();
            assert_eq!((kept.width, kept.height), (40, 30), "{format:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_upload_twice_is_one_file() {
    testing::shop(async |shop| {
        let bytes = picture(30, 20, ImageFormat::Png);
        let (a, b) = tokio::join!(files::store_picture(shop, bytes.clone()), files::store_picture(shop, bytes.clone()));
        let again = files::store_picture(shop, bytes).await.unwrap();
        assert_eq!((&a.unwrap(), &b.unwrap()), (&again, &again));
        let rows: i64 = sqlx::query_scalar("select count(*) from files").fetch_one(&shop.db).await.unwrap();
        assert_eq!(rows, 1);
    })
    .await;
}

#[tokio::test]
async fn turns_upright_and_keeps_nothing_but_pixels() {
    testing::shop(async |shop| {
        let photo = with_orientation(&picture(60, 40, ImageFormat::Jpeg), 6);
        let kept = files::store_picture(shop, photo).await.unwrap();
        assert_eq!((kept.width, kept.height), (40, 60));
        let webp = files::open(shop, &kept.hash, PictureSize::Large).await.unwrap();
        assert!(!webp.windows(12).any(|w| w == SECRET) && !webp.windows(4).any(|w| w == b"EXIF"));
        let upright = image::load_from_memory(&webp).unwrap().to_rgb8();
        // what was at the bottom left is now at the top left: little red, much green had become 39
        let corner = upright.get_pixel(1, 1);
        assert!(corner[1] > 25, "{corner:?}");
    })
    .await;
}

#[tokio::test]
async fn refuses_what_is_no_picture() {
    testing::shop(async |shop| {
        // 60,000 is too long for a side; 15,000 would pass as a side, but not as 225 million pixels
        for side in [60_000, 15_000] {
            let why = fault(files::store_picture(shop, bomb(side)).await);
            assert!(why.starts_with("has too many pixels"), "{side}: {why}");
        }
        let wrong: [&[u8]; 5] = [
            b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/>",
            b"<!doctype html><script>alert(1)</script>",
            b"%PDF-1.7",
            b"BM\x46\0\0\0\0\0\0\0",
            b"II*\0\x08\0\0\0",
        ];
        for bytes in wrong {
            let why = fault(files::store_picture(shop, bytes).await);
            assert_eq!(why, "must be a PNG, JPEG, WebP or GIF picture", "{bytes:?}");
        }
        assert_eq!(fault(files::store_picture(shop, &b""[..]).await), "is empty");
        let huge = vec![0; files::MAX_BYTES + 1];
        assert_eq!(fault(files::store_picture(shop, huge).await), "is too large (at most 20 MB)");
        let whole = picture(300, 300, ImageFormat::Png);
        for cut in [9, 40, whole.len() / 2] {
            let why = fault(files::store_picture(shop, whole[..cut].to_vec()).await);
            assert_eq!(why, "cannot be read; perhaps it is damaged", "cut at {cut}");
        }
        let rows: i64 = sqlx::query_scalar("select count(*) from files").fetch_one(&shop.db).await.unwrap();
        assert_eq!(rows, 0);
    })
    .await;
}

/// The decoder fills with grey what is missing of a JPEG.
#[tokio::test]
async fn refuses_a_jpeg_that_is_cut_off() {
    testing::shop(async |shop| {
        let whole = picture(300, 300, ImageFormat::Jpeg);
        for percent in [30, 60, 90, 99] {
            let cut = whole[..whole.len() * percent / 100].to_vec();
            assert_eq!(fault(files::store_picture(shop, cut).await), "is cut off: the end of the file is missing");
        }
        files::store_picture(shop, whole).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn refuses_what_takes_too_much_memory_before_it_waits_for_a_turn() {
    testing::shop(async |shop| {
        // 36 million pixels would do with eight bits a channel
        let why = fault(files::store_picture(shop, bomb_of(6000, 16)).await);
        assert!(why.starts_with("takes too much memory to unpack (411 MB; at most 300 MB)"), "{why}");
        // fails when it is first measured in its turn: whoever is not waited for gets none, but hears this without one
        let gone = CancellationToken::new();
        gone.cancel();
        assert_eq!(fault(files::while_waited_for(gone, files::store_picture(shop, bomb_of(6000, 16))).await), why);
    })
    .await;
}

/// Pictures that wait for their turn, of whom nobody hears any more, are given up; the one being worked on is kept.
#[tokio::test]
async fn what_nobody_waits_for_gets_no_turn() {
    testing::shop(async |shop| {
        let gone = CancellationToken::new();
        gone.cancel();
        let late = files::while_waited_for(gone, files::store_picture(shop, picture(30, 20, ImageFormat::Png))).await;
        assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
        let rows: i64 = sqlx::query_scalar("select count(*) from files").fetch_one(&shop.db).await.unwrap();
        assert_eq!(rows, 0);
    })
    .await;
}

#[tokio::test]
async fn draws_what_comes_with_the_shop() {
    testing::shop(async |shop| {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 120 60'><rect width='60' height='60' fill='#f00'/></svg>";
        let kept = files::render_svg_picture(shop, svg).await.unwrap();
        assert_eq!((kept.width, kept.height), (800, 400));
        assert_eq!(dimensions(shop, &kept.hash, PictureSize::Medium).await, (800, 400));
        let webp = files::open(shop, &kept.hash, PictureSize::Small).await.unwrap();
        let drawn = image::load_from_memory(&webp).unwrap().to_rgba8();
        assert!(drawn.get_pixel(40, 40)[0] > 240 && drawn.get_pixel(300, 40)[3] == 0);
        fault(files::render_svg_picture(shop, "no drawing").await);
    })
    .await;
}

/// A photograph in Display P3: its full red is redder than sRGB can say.
#[tokio::test]
async fn tells_the_colours_of_a_wide_gamut_in_srgb() {
    use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
    testing::shop(async |shop| {
        let pixels = [200u8, 100, 100].repeat(64);
        let plain = |profile: Option<Vec<u8>>| {
            let mut bytes = Vec::new();
            let mut encoder = PngEncoder::new(&mut bytes);
            if let Some(profile) = profile {
                encoder.set_icc_profile(profile).unwrap();
            }
            encoder.write_image(&pixels, 8, 8, ExtendedColorType::Rgb8).unwrap();
            bytes
        };
        let red = async |bytes: Vec<u8>| {
            let kept = files::store_picture(shop, bytes).await.unwrap();
            let webp = files::open(shop, &kept.hash, PictureSize::Large).await.unwrap();
            image::load_from_memory(&webp).unwrap().to_rgb8().get_pixel(4, 4)[0]
        };
        let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
        let srgb = red(plain(None)).await;
        assert!((198..=202).contains(&srgb), "{srgb}");
        let told = red(plain(Some(p3))).await;
        assert!((208..=222).contains(&told), "{told}");
        let nonsense = red(plain(Some(b"no profile at all".to_vec()))).await;
        assert_eq!(nonsense, srgb);
    })
    .await;
}

#[tokio::test]
async fn sweeps_only_what_nobody_owns() {
    testing::shop(async |shop| {
        let folder = std::env::temp_dir().join(format!("ironmonger-pictures-{}", std::process::id()));
        sweeps(shop).await;
        sqlx::query("delete from categories").execute(&shop.db).await.unwrap();
        sqlx::query("delete from files").execute(&shop.db).await.unwrap();
        // in a folder as in memory
        sweeps(&Shop { files: files::Files::local(&folder).unwrap(), ..Shop::clone(shop) }).await;
        let left = std::fs::read_dir(folder.join("pictures")).unwrap().count();
        assert_eq!(left, 2, "empty folders go too");
        std::fs::remove_dir_all(folder).unwrap();
    })
    .await;
}

async fn sweeps(shop: &Shop) {
    let orphan = files::store_picture(shop, picture(10, 10, ImageFormat::Png)).await.unwrap();
    let owned = files::store_picture(shop, picture(11, 11, ImageFormat::Png)).await.unwrap();
    let rowless = files::store_picture(shop, picture(12, 12, ImageFormat::Png)).await.unwrap();
    sqlx::query(
        "insert into categories (id, name, slug, file_id) values (gen_random_uuid(), 'Hammers', 'hammers', $1)",
    )
    .bind(owned.id)
    .execute(&shop.db)
    .await
    .unwrap();
    sqlx::query("delete from files where id = $1").bind(rowless.id).execute(&shop.db).await.unwrap();
    assert_eq!(files::sweep(shop).await.unwrap(), files::Swept::default(), "too young");

    // files carry the system's time, so the clock goes far ahead of it
    shop.clock.advance(chrono::TimeDelta::days(3650));
    let swept = files::sweep(shop).await.unwrap();
    assert_eq!(swept, files::Swept { without_owner: 1, without_row: 1 });
    assert!(files::open(shop, &owned.hash, PictureSize::Small).await.is_ok());
    for gone in [&orphan.hash, &rowless.hash] {
        assert!(matches!(files::open(shop, gone, PictureSize::Small).await, Err(Error::NotFound)));
    }
    let again = files::store_picture(shop, picture(10, 10, ImageFormat::Png)).await.unwrap();
    assert!(files::open(shop, &again.hash, PictureSize::Large).await.is_ok());
    shop.clock.advance(chrono::TimeDelta::days(-3650));
}

/// A sweep has found a picture of the day before yesterday and waits for its turn; meanwhile the picture is attached.
/// Fails where the sweep does not look again under the lock and no foreign key stops it either.
#[tokio::test]
async fn a_picture_that_is_attached_while_it_is_swept_stays() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogWrite]).await;
        let product = shop.product("Claw hammer").await;
        let kept = files::upload(shop, &staff, picture(9, 9, ImageFormat::Png)).await.unwrap();
        let other = files::upload(shop, &staff, picture(8, 8, ImageFormat::Png)).await.unwrap();
        shop.clock.advance(chrono::TimeDelta::days(2));

        let mut holder = PgConnection::connect_with(&shop.options().await).await.unwrap();
        let mut held = holder.begin().await.unwrap();
        for hash in [&kept.hash, &other.hash] {
            sqlx::query("select pg_advisory_xact_lock(hashtextextended('picture ' || $1, 0))")
                .bind(hash.as_str())
                .execute(&mut *held)
                .await
                .unwrap();
        }
        let sweeping = tokio::spawn({
            let shop = Shop::clone(shop);
            async move { files::sweep(&shop).await }
        });
        waits_for_a_lock(shop).await;
        images::add_uploaded(shop, &staff, product.id, &kept.hash, images::ImageInput::default()).await.unwrap();
        held.commit().await.unwrap();
        assert_eq!(sweeping.await.unwrap().unwrap(), files::Swept { without_owner: 1, without_row: 0 });
        for size in PictureSize::ALL {
            files::open(shop, &kept.hash, size).await.unwrap();
        }
        assert!(matches!(files::open(shop, &other.hash, PictureSize::Small).await, Err(Error::NotFound)));
        holder.close().await.unwrap();
    })
    .await;
}

async fn waits_for_a_lock(shop: &TestShop) {
    for _ in 0..600 {
        let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted \
                       and database = (select oid from pg_database where datname = current_database())";
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&shop.db).await.unwrap();
        if waiting > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody waits");
}

/// Fails where neither `is_shown` is asked nor the violated foreign key understood.
#[tokio::test]
async fn only_a_picture_that_nothing_shows_is_taken_away() {
    testing::shop(async |shop| {
        let staff = shop.staff(&[Permission::CatalogWrite]).await;
        let product = shop.product("Claw hammer").await;
        let shown =
            images::add(shop, &staff, product.id, picture(9, 9, ImageFormat::Png), Default::default()).await.unwrap();
        let shown_hash: PictureHash = shown.picture.hash.parse().unwrap();
        let free = files::upload(shop, &staff, picture(8, 8, ImageFormat::Png)).await.unwrap();
        let conflict = files::discard(shop, &staff, &shown_hash).await.unwrap_err();
        assert_eq!(conflict.conflict_code(), Some("picture_in_use"));
        files::discard(shop, &staff, &free.hash).await.unwrap();
        assert!(matches!(files::open(shop, &free.hash, PictureSize::Small).await, Err(Error::NotFound)));
        assert!(matches!(files::discard(shop, &staff, &free.hash).await, Err(Error::NotFound)));
        let gone = images::add_uploaded(shop, &staff, product.id, &free.hash, Default::default()).await;
        assert!(matches!(gone, Err(Error::NotFound)));

        images::remove(shop, &staff, product.id, shown.id).await.unwrap();
        files::discard(shop, &staff, &shown_hash).await.unwrap();
        let reader = shop.staff(&[Permission::CatalogRead]).await;
        assert!(matches!(files::discard(shop, &reader, &shown_hash).await, Err(Error::Forbidden)));
        assert!(matches!(files::upload(shop, &reader, picture(8, 8, ImageFormat::Png)).await, Err(Error::Forbidden)));
        let written: Vec<String> =
            sqlx::query_scalar("select action from audit_logs where entity_type = 'picture' order by created_at, id")
                .fetch_all(&shop.db)
                .await
                .unwrap();
        assert_eq!(written, ["picture.upload", "picture.delete", "picture.delete"]);
    })
    .await;
}
