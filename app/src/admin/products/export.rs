//! The whole catalogue as a file that the import reads. Read and sent piece by piece, however long it is.

use crate::web::{Visit, error_page, errors};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use shop::catalog::export;
use shop::csv::CsvWriter;
use shop::id::ProductId;
use shop::settings;
use shop::{Result, Shop};

const PIECE: i64 = 100;

/// `GET /admin/products.csv`
pub async fn products_csv(Extension(visit): Extension<Visit>) -> Response {
    match file(&visit).await {
        Ok(body) => {
            let heads = [
                (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", name(visit.shop()).await)),
                (CACHE_CONTROL, "no-store".to_owned()),
            ];
            (heads, body).into_response()
        }
        Err(e) => {
            errors::log(&e);
            error_page::of(&e, Some(&visit)).into_response()
        }
    }
}

async fn name(shop: &Shop) -> String {
    let zone = settings::time_zone(shop).await.unwrap_or_default();
    format!("products-{}.csv", zone.day(shop.clock.now()))
}

/// Where the file goes on.
struct Rest {
    visit: Visit,
    after: Option<ProductId>,
}

/// The first piece is made before anything is sent, so that a refusal is still a page.
async fn file(visit: &Visit) -> Result<Body> {
    let rest = Rest { visit: visit.clone(), after: None };
    let (first, rest) = piece(rest, CsvWriter::new(&export::heads())?).await?;
    let others = stream::try_unfold(rest, |rest| async move {
        let Some(rest) = rest else { return Ok(None) };
        // an error breaks the download off, so that nobody takes a part for the whole
        let made = piece(rest, CsvWriter::headless()).await.inspect_err(errors::log);
        made.map(Some).map_err(std::io::Error::other)
    });
    let first = stream::once(async move { Ok::<_, std::io::Error>(first) });
    Ok(Body::from_stream(first.chain(others)))
}

async fn piece(rest: Rest, mut csv: CsvWriter) -> Result<(Bytes, Option<Rest>)> {
    let after = export::write(rest.visit.shop(), rest.visit.staff()?, rest.after, PIECE, &mut csv).await?;
    Ok((csv.finish()?.into(), after.map(|after| Rest { after: Some(after), ..rest })))
}
