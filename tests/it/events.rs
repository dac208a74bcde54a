//! Events: what the world is told, in which shape and in which order.

mod abandoned;
mod acts;
mod document;
mod fits;
mod numbers;
mod shapes;
mod told;
