//! Ports for programs that the tests start.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Not one of those that the system hands out by itself: nobody takes it before the program does, or while it is dead.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 500) as u16 * 20;
    let mut ports = (0..200).map(|_| first + NEXT.fetch_add(1, Ordering::Relaxed));
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}
