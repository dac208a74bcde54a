//! Every door into the shop: pages for shoppers and staff, the JSON API, and what serves them.
//! A door says who is asking, calls `shop`, and answers; rules live in `shop`.

#[macro_use]
pub mod words;

pub mod admin;
pub mod api;
pub mod commands;
pub mod config;
mod live;
pub mod pages;
pub mod server;
pub mod storefront;
pub mod ui;
pub mod web;
