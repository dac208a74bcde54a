//! Both lists as files, with the filters of their pages. Payments are read and sent piece by piece, however many there
//! are.

use crate::web::{Visit, error_page, errors};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures::stream;
use shop::csv::CsvWriter;
use shop::id::PaymentId;
use shop::payments::{self, Difference, PaymentQuery, PaymentRow};
use shop::settings;
use shop::words::Locale;
use shop::{Result, Shop, TimeZone};

const PIECE: i64 = 500;
/// Of differences a file holds so many at most.
const MOST_DIFFERENCES: i64 = 10_000;

const PAYMENT_HEADS: [&str; 13] = [
    "Payment",
    "Order",
    "Begun",
    "E-mail",
    "Way",
    "Status",
    "Currency",
    "Amount",
    "Captured",
    "Refunded",
    "Fee",
    "Failure",
    "Stripe id",
];

/// `GET /admin/payments.csv`
pub async fn payments_csv(Extension(visit): Extension<Visit>) -> Response {
    match payments_file(&visit).await {
        Ok(body) => download("payments", &visit, body).await,
        Err(e) => refused(&e, &visit),
    }
}

/// `GET /admin/payments/differences.csv`
pub async fn differences_csv(Extension(visit): Extension<Visit>) -> Response {
    match differences_file(&visit).await {
        Ok(body) => download("payment-differences", &visit, body.into()).await,
        Err(e) => refused(&e, &visit),
    }
}

fn refused(e: &shop::Error, visit: &Visit) -> Response {
    errors::log(e);
    error_page::of(e, Some(visit)).into_response()
}

async fn download(name: &str, visit: &Visit, body: Body) -> Response {
    let zone = settings::time_zone(visit.shop()).await.unwrap_or_default();
    let name = format!("attachment; filename=\"{name}-{}.csv\"", zone.day(visit.shop().clock.now()));
    let heads = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (heads, body).into_response()
}

/// Where the file goes on.
struct Rest {
    visit: Visit,
    query: PaymentQuery,
    zone: TimeZone,
    after: Option<(DateTime<Utc>, PaymentId)>,
}

/// The first piece is made before anything is sent, so that a refusal is still a page.
async fn payments_file(visit: &Visit) -> Result<Body> {
    let zone = settings::time_zone(visit.shop()).await?;
    let rest = Rest { visit: visit.clone(), query: super::query(visit), zone, after: None };
    let heads = PAYMENT_HEADS.map(|head| in_zone(head, zone));
    let (first, rest) = piece(rest, CsvWriter::new(&heads.each_ref().map(String::as_str))?).await?;
    let others = stream::try_unfold(rest, |rest| async move {
        let Some(rest) = rest else { return Ok(None) };
        // an error breaks the download off, so that nobody takes a part for the whole
        let made = piece(rest, CsvWriter::headless()).await.inspect_err(errors::log);
        made.map(Some).map_err(std::io::Error::other)
    });
    let first = stream::once(async move { Ok::<_, std::io::Error>(first) });
    Ok(Body::from_stream(futures::StreamExt::chain(first, others)))
}

async fn piece(rest: Rest, mut csv: CsvWriter) -> Result<(Bytes, Option<Rest>)> {
    let rows = payments::for_export(rest.visit.shop(), rest.visit.staff()?, &rest.query, rest.after, PIECE).await?;
    for row in &rows {
        csv.row(&cells(row, rest.zone))?;
    }
    let is_full = i64::try_from(rows.len()).is_ok_and(|n| n == PIECE);
    let after = rows.last().filter(|_| is_full).map(|row| (row.created_at, row.id));
    Ok((csv.finish()?.into(), after.map(|after| Rest { after: Some(after), ..rest })))
}

fn cells(row: &PaymentRow, zone: TimeZone) -> [String; 13] {
    [
        row.id.to_string(),
        row.number.clone(),
        moment(row.created_at, zone),
        row.email.clone(),
        row.method.word().to_owned(),
        row.status.to_string(),
        row.amount.currency.to_string(),
        row.amount.decimal(),
        row.captured.decimal(),
        row.refunded.decimal(),
        row.fee.map(|fee| fee.decimal()).unwrap_or_default(),
        row.failure.as_ref().map(|why| why.say(Locale::English).into_owned()).unwrap_or_default(),
        row.reference.clone().unwrap_or_default(),
    ]
}

async fn differences_file(visit: &Visit) -> Result<Vec<u8>> {
    let shop: &Shop = visit.shop();
    let query = super::differences::query(visit);
    let all = payments::differences_for_export(shop, visit.staff()?, &query, MOST_DIFFERENCES).await?;
    let zone = settings::time_zone(shop).await?;
    let heads = [
        "What",
        "Status",
        "Order",
        "Currency",
        "At Stripe",
        "In our books",
        "Payment at Stripe",
        "Refund at Stripe",
        "Found",
        "Closed",
        "Repair",
        "By",
        "Reason",
    ];
    let heads = heads.map(|head| in_zone(head, zone));
    let mut csv = CsvWriter::new(&heads.each_ref().map(String::as_str))?;
    for one in &all {
        csv.row(&difference_cells(one, zone))?;
    }
    csv.finish()
}

fn difference_cells(one: &Difference, zone: TimeZone) -> [String; 13] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        one.kind.to_string(),
        one.status.to_string(),
        text(&one.number),
        one.currency.clone(),
        one.their_decimal().unwrap_or_default(),
        one.our_decimal().unwrap_or_default(),
        text(&one.intent),
        text(&one.provider_refund),
        moment(one.opened_at, zone),
        one.resolved_at.map(|at| moment(at, zone)).unwrap_or_default(),
        one.repair.map(|how| how.to_string()).unwrap_or_default(),
        text(&one.repair_by),
        text(&one.reason),
    ]
}

/// The head of a column of moments names the clock by which they are told.
fn in_zone(head: &str, zone: TimeZone) -> String {
    match head {
        "Begun" | "Found" | "Closed" => format!("{head} ({zone})"),
        _ => head.to_owned(),
    }
}

fn moment(at: DateTime<Utc>, zone: TimeZone) -> String {
    zone.local(at).format("%Y-%m-%d %H:%M:%S").to_string()
}
